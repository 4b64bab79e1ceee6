/** Pings the broker, and notices its silence. */

export interface KeepAliveOptions {
  /** While nothing is read nothing is heard: that says nothing about the broker. */
  readonly isReading: () => boolean;
  readonly ping: () => void;
  readonly onSilent: () => void;
}

export class KeepAlive {
  readonly #options: KeepAliveOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #hasHeard = true;
  #strikes = 0;

  constructor(options: KeepAliveOptions) {
    this.#options = options;
  }

  /** MQTT 5 §3.1.2.10: half the time between two signs of life, so that a dead line is known within 1.5 times of it. */
  start(seconds: number): void {
    if (seconds === 0) return;
    const { isReading, ping, onSilent } = this.#options;
    this.#timer = setInterval(() => {
      this.#strikes = this.#hasHeard || !isReading() ? 0 : this.#strikes + 1;
      this.#hasHeard = false;
      if (this.#strikes > 1) onSilent();
      else ping();
    }, seconds * 500);
  }

  heard(): void {
    this.#hasHeard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
