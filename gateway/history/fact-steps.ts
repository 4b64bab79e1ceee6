// How the versions of the facts and the entries of the journal belong together: each step of the facts' thread says both. Which
// versions may be written follows from it, and which ones another gateway has written.
import type { FactStep } from '../facts.ts';

/** The oldest go: a step that is not known any more costs writing some facts again. */
const STEPS_MAX = 1_000;

export class FactSteps {
  #steps: FactStep[] = [];

  note(step: FactStep): void {
    const last = this.#steps.at(-1);
    // The same rows reflect the entries of the first time, and are complete up to those of the latest.
    if (last?.version === step.version) {
      this.#steps.splice(-1, 1, { ...step, newest: last.newest });
      return;
    }
    this.#steps.push(step);
    if (this.#steps.length > STEPS_MAX) this.#steps.shift();
  }

  /** The newest version whose rows reflect no entry after `seq`. */
  upTo(seq: number): number | undefined {
    return this.#steps.findLast(({ newest }) => newest <= seq)?.version;
  }

  /**
   * The version up to which another gateway has written every fact, where its facts are complete up to entry `seq`. One step
   * less than that: how long states had lasted at a step is a matter of each gateway's clock.
   */
  writtenBy(seq: number): number | undefined {
    const index = this.#steps.findLastIndex(({ newest }) => newest <= seq);
    return this.#steps[index - 1]?.version;
  }

  /** The entry up to which facts are complete where they are written up to `version`. */
  completeAt(version: number): number | undefined {
    return this.#steps.findLast((step) => step.version <= version)?.kept;
  }
}
