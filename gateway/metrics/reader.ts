// Figures that other parts keep anyway: read when somebody asks, so that counting costs the hot path nothing.
import { Counter, Gauge, type Registry } from 'prom-client';

type Value = () => number;
/** By the value of one label. */
type Values = () => Readonly<Record<string, number>>;

export class Reader {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  gauge(name: string, help: string, value: Value): void {
    this.#read(Gauge, name, help, value);
  }

  counter(name: string, help: string, value: Value): void {
    this.#read(Counter, name, help, value);
  }

  gaugeBy(label: string, name: string, help: string, values: Values): void {
    this.#readBy(Gauge, label, name, help, values);
  }

  counterBy(label: string, name: string, help: string, values: Values): void {
    this.#readBy(Counter, label, name, help, values);
  }

  #read(kind: typeof Counter | typeof Gauge, name: string, help: string, value: Value): void {
    new kind({
      ...{ name, help, registers: [this.#registry] },
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  #readBy(
    kind: typeof Counter | typeof Gauge,
    label: string,
    name: string,
    help: string,
    values: Values,
  ): void {
    new kind({
      ...{ name, help, labelNames: [label], registers: [this.#registry] },
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(values())) this.inc({ [label]: key }, value);
      },
    });
  }
}
