// The content store as the hall uses it: opened with the photos of the hall file, kept tidy, copied from the other gateway of a
// pair, with what is wrong about it.
import type { HallConfig } from '../../hall/config.ts';
import type { Fault } from '../../hall/fault.ts';
import { photoFaults, type PhotoTrouble } from '../../hall/fault/photo.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import { Content } from '../content.ts';
import type { Log, OnError } from '../log.ts';
import { keepCollecting } from './collect.ts';
import { ContentCopy } from './copy.ts';
import { importPhotos } from './photos.ts';

export interface HallContentOptions {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly isDiskShort: () => boolean;
  readonly onError: OnError;
  readonly onInfo: Log['info'];
}

const MIB = 1024 * 1024;

export class HallContent {
  readonly store: Content;
  /** The hall file with a hash for each photo. */
  readonly hall: HallConfig;
  readonly #options: HallContentOptions;
  readonly #failed: readonly PhotoTrouble[];
  #copy: ContentCopy | undefined;
  #stopCollecting: () => void = () => {};

  private constructor(
    options: HallContentOptions,
    store: Content,
    hall: HallConfig,
    failed: readonly PhotoTrouble[],
  ) {
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
    const imported = await importPhotos(hall, hallFolder, store, clock.now());
    return new HallContent(options, store, imported.hall, imported.failed);
  }

  /** Begins to remove what is used no more and to fetch what is missing. */
  keep(used: () => ReadonlySet<string>): void {
    const { config, clock, onError, onInfo } = this.#options;
    const shared = { ...{ content: this.store, clock, onError, onInfo }, used };
    const days = config.hall.retention.content_days;
    this.#stopCollecting = keepCollecting({ ...shared, days });
    const { peer } = config;
    if (peer !== undefined) this.#copy = new ContentCopy({ ...shared, peer: peer.url });
  }

  /** @param hall the hall file with what people have changed since */
  findings(hall: HallConfig): Fault[] {
    const typeOf = (hash: string) => this.store.get(hash)?.type;
    return [
      ...photoFaults(hall, this.#failed, typeOf, this.#options.clock.now()),
      ...(this.#copy?.findings ?? []),
    ];
  }

  async stop(): Promise<void> {
    this.#stopCollecting();
    await this.#copy?.stop();
  }
}
