// SPEC 7.16: a page loads itself anew once soon, then ever more rarely, and never while its address does not answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reloader, type ReloadPort } from '../../screen/reload.ts';

/** A browser that is reloaded: timers by hand, a store that stays. */
class Browser {
  loads = 0;
  up = true;
  stored = 0;
  now = 0;
  readonly broken: boolean;
  #timers: { at: number; run: () => void }[] = [];
  page: Reloader;

  constructor(broken = false) {
    this.broken = broken;
    this.page = this.#open();
  }

  #open(): Reloader {
    this.#timers = [];
    return new Reloader(this.#port());
  }

  #port(): ReloadPort {
    return {
      setTimeout: (run, ms) => {
        const timer = { at: this.now + ms, run };
        this.#timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
      random: () => 0.5,
      load: () => this.stored,
      save: (attempts) => {
        if (this.broken) throw new Error('no store');
        this.stored = attempts;
      },
      answers: () => Promise.resolve(this.up),
      reload: () => {
        this.loads += 1;
        this.page = this.#open();
      },
    };
  }

  /** Lets `ms` pass; `each` is what happens every second. */
  async pass(ms: number, each: () => void = () => {}): Promise<void> {
    for (const until = this.now + ms; this.now < until;) {
      this.now += 1_000;
      each();
      const due = this.#timers.filter(({ at }) => at <= this.now);
      this.#timers = this.#timers.filter(({ at }) => at > this.now);
      for (const { run } of due) run();
      for (let turns = 0; turns < 5; turns++) await Promise.resolve();
    }
  }
}

test('a refusal that is told again and again does not put the reload off', async () => {
  const browser = new Browser();
  let accepted = false;
  await browser.pass(60_000, () => {
    if (browser.loads > 0) accepted = true;
    if (accepted) browser.page.well();
    else browser.page.want('protocol');
  });
  assert.equal(browser.loads, 1, 'within a minute, once');
  await browser.pass(10 * 60_000, () => browser.page.well());
  assert.equal(browser.loads, 1);
  assert.equal(browser.stored, 0, 'it was well for long enough: the next one is the first again');
});

test('while the new load helps nothing, the waits grow up to ten minutes', async () => {
  const browser = new Browser();
  const at: number[] = [];
  await browser.pass(60 * 60_000, () => {
    if (browser.loads > at.length) at.push(browser.now);
    browser.page.want('failure');
  });
  const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  assert.ok(browser.loads >= 6 && browser.loads <= 10, `${browser.loads} in an hour`);
  assert.ok(waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0)));
  assert.ok(browser.page.again);
});

test('a page is never loaded from a gateway that is not there', async () => {
  const browser = new Browser();
  browser.up = false;
  browser.page.want('protocol');
  await browser.pass(5 * 60_000);
  assert.equal(browser.loads, 0);
  browser.up = true;
  await browser.pass(30_000);
  assert.equal(browser.loads, 1);
});

test('a gateway that accepts after all, and a part that stands again, need no new load', async () => {
  const browser = new Browser();
  browser.page.want('protocol');
  browser.page.well();
  browser.page.want('mismatch');
  browser.page.unwant('mismatch');
  await browser.pass(5 * 60_000);
  assert.equal(browser.loads, 0);
  browser.page.want('failure');
  browser.page.well();
  await browser.pass(60_000);
  assert.equal(browser.loads, 1, 'a failed part is not healed by the connection');
});
