// Facts since the last write to the store.
import type { EvaluationFact, VisitFact } from '../../hall/fact.ts';

export class Unwritten {
  /** the first day of which facts are written: facts of earlier days stay as they are */
  readonly from: string;
  /** by visit; undefined: the visit has no fact any more */
  readonly visits = new Map<number, VisitFact | undefined>();
  readonly evaluations: EvaluationFact[] = [];

  constructor(from: string) {
    this.from = from;
  }

  takes(date: string): boolean {
    return date >= this.from;
  }

  put(fact: VisitFact): void {
    if (this.takes(fact.date)) this.visits.set(fact.visit, fact);
  }

  remove(visit: number): void {
    this.visits.set(visit, undefined);
  }
}
