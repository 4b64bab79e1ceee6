// What the figures of a group of visits are made of, whether they are of today or of a past year. Durations in ms.

export interface Sums {
  readonly issued: number;
  readonly cancelled: number;
  /** no-shows without return among the issued */
  readonly abandoned: number;
  /** of those who began service, ascending */
  readonly waits: ArrayLike<number>;
  readonly waitSum: number;
  readonly waitCount: number;
  readonly served: number;
  readonly serviceSum: number;
  readonly serviceCount: number;
  /** completed with an outcome; of them: on the spot */
  readonly outcomes: number;
  readonly done: number;
}
