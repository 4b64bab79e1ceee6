// The content store as the hall uses it: opened with the files of the hall file, filled by uploads that the journal has, kept
// tidy, copied from the other gateway of a pair, with what is wrong about it.
import type { By } from '../../hall/command.ts';
import type { HallConfig } from '../../hall/config.ts';
import { wantedContent } from '../../hall/content.ts';
import type { Fault } from '../../hall/fault.ts';
import { photoFaults, planFaults } from '../../hall/fault/named-files.ts';
import type { Budget } from '../../hall/gateway-status.ts';
import type { Hall } from '../../hall/state.ts';
import { entries, get, size } from '../../hall/table.ts';
import type { Clock } from '../clock.ts';
import type { Commands, Refused } from '../commands.ts';
import type { GatewayConfig } from '../config.ts';
import { Content, type StoredFile } from '../content.ts';
import type { LiveState } from '../live-state.ts';
import type { Log, OnError } from '../log.ts';
import { roomBudget, uploadsBudget } from './budgets.ts';
import { keepCollecting } from './collect.ts';
import { ContentCopy } from './copy.ts';
import { importFiles, type Imported } from './named-files.ts';

export interface HallContentOptions {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly isDiskShort: () => boolean;
  readonly onError: OnError;
  readonly onInfo: Log['info'];
}

/** The present hall, and how a decision about its files is taken. */
export interface HallNow {
  /** the hall file with what people have changed since */
  readonly config: () => HallConfig;
  readonly hall: () => Hall;
  readonly leads: () => boolean;
  readonly commands: Pick<Commands, 'run'>;
}

export interface Upload {
  readonly body: AsyncIterable<Uint8Array>;
  /** how long the body is; 0 where that is not known before */
  readonly bytes: number;
  readonly name: string | undefined;
  readonly from: By['from'];
}

export type UploadAnswer =
  { readonly file: StoredFile & { readonly isNew: boolean } } | { readonly refused: Refused };

const MIB = 1024 * 1024;

export class HallContent {
  readonly store: Content;
  /** The hall file with a hash for each photo and plan. */
  readonly hall: HallConfig;
  readonly #options: HallContentOptions;
  readonly #failed: Pick<Imported, 'photos' | 'plans'>;
  #copy: ContentCopy | undefined;
  #now: HallNow | undefined;
  #uploadsRefused = 0;
  #stopCollecting: () => void = () => {};
  #stopFollowing: () => void = () => {};

  private constructor(options: HallContentOptions, store: Content, { hall, ...failed }: Imported) {
    this.#options = options;
    this.store = store;
    this.hall = hall;
    this.#failed = failed;
  }

  static async open(options: HallContentOptions): Promise<HallContent> {
    const { config, clock, isDiskShort, onError } = options;
    const { hall, hallFolder, data } = config;
    const store = await Content.open({
      ...{ data, isDiskShort, onError },
      fileBytesMax: hall.limits.content_file_mib * MIB,
      bytesMax: hall.limits.content_mib * MIB,
    });
    const source = { folder: hallFolder, content: store, now: clock.now() };
    return new HallContent(options, store, await importFiles(hall, source));
  }

  /** Begins to remove what is used no more and to fetch what is missing. */
  keep(now: HallNow, liveState: Pick<LiveState, 'onChange'>): void {
    const { config, clock, onError, onInfo } = this.#options;
    this.#now = now;
    const shared = { content: this.store, clock, onError, onInfo };
    const { peer } = config;
    const wanted = () => wantedContent(now.config(), now.hall());
    if (peer !== undefined) this.#copy = new ContentCopy({ ...shared, wanted, peer: peer.url });
    this.#stopFollowing = liveState.onChange(this.#followUploads(now, wanted));
    this.#stopCollecting = keepCollecting({ ...shared, ...now });
  }

  /**
   * Stores a file and journals that it was uploaded: on the disk, and durable, when this resolves. Throws as `Content.upload`
   * and where the journal's answer is not known.
   */
  async upload({ body, bytes, name, from }: Upload, commands: Commands): Promise<UploadAnswer> {
    let refused: Refused | undefined;
    const file = await this.store.upload(body, this.#options.clock.now(), bytes, async (stored) => {
      const fields = { hash: stored.hash, bytes: stored.bytes, media_type: stored.type };
      const answer = await commands.run('content.upload', { ...fields, name }, from);
      if ('refused' in answer) ({ refused } = answer);
      return refused === undefined;
    });
    if (refused === undefined) return { file };
    if (refused.status === 507) this.#uploadsRefused++;
    return { refused };
  }

  get budgets(): Budget[] {
    const { bytes: used, refused } = this.store;
    const { content_mib, content_files_max: max } = this.#options.config.hall.limits;
    const room = roomBudget({ used, max: content_mib * MIB, refused });
    if (this.#now === undefined) return [room];
    const { uploads } = this.#now.hall();
    return [room, uploadsBudget({ used: size(uploads), max, refused: this.#uploadsRefused })];
  }

  /** What the journal says of uploads is carried out at both gateways alike: what has left the state leaves the disk. */
  #followUploads({ hall }: HallNow, wanted: () => ReadonlySet<string>): () => void {
    let { uploads } = hall();
    return () => {
      const before = uploads;
      ({ uploads } = hall());
      if (uploads === before) return;
      for (const [hash] of entries(before)) {
        if (get(uploads, hash) !== undefined) continue;
        this.store
          .remove(hash, () => wanted().has(hash))
          .catch((error: unknown) => this.#options.onError(error, { stage: 'content' }));
      }
      this.#copy?.look();
    };
  }

  /** @param hall the hall file with what people have changed since */
  findings(hall: HallConfig): Fault[] {
    const typeOf = (hash: string) => this.store.get(hash)?.type;
    const now = this.#options.clock.now();
    return [
      ...photoFaults(hall, this.#failed.photos, typeOf, now),
      ...planFaults(hall, this.#failed.plans, typeOf, now),
      ...(this.#copy?.findings ?? []),
    ];
  }

  async stop(): Promise<void> {
    this.#stopCollecting();
    this.#stopFollowing();
    await this.#copy?.stop();
  }
}
