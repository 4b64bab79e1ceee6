// Files that a gateway of a pair should have and does not have are fetched from the other gateway. The hash comes from the hall
// file or the journal. A file with another hash is not stored, so that the answer need not be trusted. SPEC §23.9.
import { contentAddress } from '../../hall/content.ts';
import type { Fault } from '../../hall/fault.ts';
import type { Clock } from '../clock.ts';
import type { Content } from '../content.ts';
import { messageOf, type Log } from '../log.ts';
import { localized } from '../start/language.mjs';

export interface ContentCopyOptions {
  readonly content: Content;
  /** HTTP address of the other gateway */
  readonly peer: URL;
  /** hashes of what is in use now, or was uploaded */
  readonly wanted: () => ReadonlySet<string>;
  readonly clock: Clock;
  readonly onInfo: Log['info'];
  readonly onError: (error: unknown, where: { stage: 'content' }) => void;
  readonly everyMs?: number;
  /** A file may be missing so long before that is a fault: both gateways may have started a moment ago. */
  readonly graceMs?: number;
}

const EVERY_MS = 5_000;
const GRACE_MS = 30_000;
/** For an answer to begin, and between two of its pieces. */
const SILENCE_MS = 15_000;
/** So many files are named in a fault. */
const NAMED_MAX = 4;

interface Missing {
  /** by the clock of the gateway, and by a steady one, ms */
  readonly since: number;
  readonly foundAt: number;
  why: string;
}

/** The other gateway does not answer: it is not asked for the next file either. */
class Unreachable extends Error {
  override name = 'Unreachable';
}

export class ContentCopy {
  readonly #options: ContentCopyOptions;
  readonly #missing = new Map<string, Missing>();
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  /** Another look is due as soon as the present one has ended. */
  #isDue = false;

  constructor(options: ContentCopyOptions) {
    this.#options = options;
    this.#run();
  }

  get findings(): Fault[] {
    const graceMs = this.#options.graceMs ?? GRACE_MS;
    const late = [...this.#missing].filter(
      ([, { foundAt }]) => performance.now() - foundAt >= graceMs,
    );
    return late.length === 0 ? [] : [missingFault(late)];
  }

  /** Looks at once: something may have come that is wanted. */
  look(): void {
    this.#isDue = true;
    if (this.#timer !== undefined && !this.#stop.signal.aborted) this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #run(): void {
    const { everyMs = EVERY_MS, onError } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    this.#running = this.#look()
      .catch((error: unknown) => onError(error, { stage: 'content' }))
      .then(() => {
        if (this.#stop.signal.aborted) return;
        this.#timer = setTimeout(() => this.#run(), this.#isDue ? 0 : everyMs);
      });
  }

  async #look(): Promise<void> {
    const { content, clock, onInfo } = this.#options;
    const wanted = [...this.#options.wanted()].filter((hash) => content.get(hash) === undefined);
    for (const hash of this.#missing.keys()) {
      if (!wanted.includes(hash)) this.#missing.delete(hash);
    }
    let unreachable: string | undefined;
    for (const hash of wanted) {
      if (this.#stop.signal.aborted) return;
      try {
        if (unreachable !== undefined) throw new Unreachable(unreachable);
        const { bytes } = await this.#fetch(hash);
        this.#missing.delete(hash);
        onInfo('content: copied from the other gateway', { hash, bytes });
      } catch (error) {
        const why = messageOf(error);
        if (error instanceof Unreachable) unreachable = why;
        const known = this.#missing.get(hash);
        if (known !== undefined) known.why = why;
        else this.#missing.set(hash, { since: clock.now(), foundAt: performance.now(), why });
      }
    }
  }

  async #fetch(hash: string) {
    const { content, peer, clock } = this.#options;
    const late = new AbortController();
    let timer = setTimeout(() => late.abort(), SILENCE_MS);
    const signal = AbortSignal.any([late.signal, this.#stop.signal]);
    const goOn = () => {
      clearTimeout(timer);
      timer = setTimeout(() => late.abort(), SILENCE_MS);
    };
    try {
      const address = new URL(contentAddress(hash), peer);
      const response = await fetch(address, { redirect: 'manual', signal }).catch(() => {
        throw new Unreachable(localized('另一台网关没有应答', 'the other gateway does not answer'));
      });
      if (response.status !== 200 || response.body === null) {
        await response.body?.cancel();
        const { status } = response;
        throw new Error(
          status === 404
            ? localized('另一台网关也没有', 'the other gateway does not have it')
            : localized(`另一台网关应答 ${status}`, `the other gateway answers ${status}`),
        );
      }
      return await content.copy(hash, watched(response.body, goOn), clock.now());
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* watched(
  body: ReadableStream<Uint8Array>,
  onPiece: () => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    onPiece();
    yield piece;
  }
}

function missingFault(missing: readonly (readonly [string, Missing])[]): Fault {
  const count = missing.length;
  const named = (colon: string, between: string) =>
    missing
      .slice(0, NAMED_MAX)
      .map(([hash, { why }]) => `${hash}${colon}${why}`)
      .join(between);
  return {
    id: 'pair:content',
    kind: 'gateway',
    severity: 1,
    since: Math.min(...missing.map(([, { since }]) => since)),
    title: {
      zh: `本网关缺少 ${count} 个已上传或正在使用的文件（图片、视频等），未能从另一台网关复制`,
      en: `${count === 1 ? 'A file that was' : `${count} files that were`} uploaded or named cannot be copied from the other gateway`,
    },
    action: {
      zh: '请检查两台网关之间的网络和本机磁盘空间；如果另一台也没有，请在主网关上重新上传',
      en: 'Check the network between the two gateways and the room on the disk; what the other one does not have either must be uploaded again at the leader',
    },
    // Why it cannot be copied is in the language of this gateway.
    detail: { zh: named('：', '；'), en: named(': ', '; ') },
    devices: [],
  };
}
