/** What reading waits at while it is shut. */
export class Gate {
  #shut: PromiseWithResolvers<void> | undefined;

  get isShut(): boolean {
    return this.#shut !== undefined;
  }

  shut(): void {
    this.#shut ??= Promise.withResolvers();
  }

  open(): void {
    this.#shut?.resolve();
    this.#shut = undefined;
  }

  /** Resolves at the next opening; at once while the gate is open. */
  async opened(): Promise<void> {
    await this.#shut?.promise;
  }
}
