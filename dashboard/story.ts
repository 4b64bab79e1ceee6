// The story of a ticket, a window or a device, as a person tells it: the lines of `/api/v1/story` in words, with the time that
// passed between. `unknown` stops here. Pure.
import { spanZh, type Words } from './words.ts';
import { STATE_WORDS } from '../hall/window-words.ts';
import { own } from '../hall/own.ts';

export interface StoryLine {
  /** unique in the story */
  readonly key: string;
  /** ms since 1970: when it happened */
  readonly at: number;
  readonly words: Words;
  /** who or what did it, where that is known */
  readonly by?: string;
  /** what stands beside it: a reason, an outcome, an evaluation */
  readonly note?: string;
  /** for a ticket: how long the step before lasted */
  readonly after?: string;
  /** what it is, for its mark */
  readonly tone: 'step' | 'seen' | 'state' | 'person';
}

/** Names of the hall file, to be shown in place of ids. */
export interface StoryNames {
  readonly queue: (id: string) => string;
  readonly window: (id: string) => string;
}

type Fields = Readonly<Record<string, unknown>>;

const STEPS: Readonly<Record<string, Words>> = {
  issued: { zh: '取号', en: 'took a ticket' },
  called: { zh: '叫号', en: 'called' },
  recalled: { zh: '重呼', en: 'called again' },
  serving: { zh: '开始办理', en: 'service began' },
  held: { zh: '挂起', en: 'set aside' },
  resumed: { zh: '恢复办理', en: 'service went on' },
  no_show: { zh: '过号', en: 'did not come' },
  requeued: { zh: '重新排队', en: 'queued again' },
  transferred: { zh: '转移', en: 'transferred' },
  completed: { zh: '办结', en: 'completed' },
  cancelled: { zh: '取消', en: 'cancelled' },
  arrived: { zh: '到场', en: 'arrived' },
};
const OUTCOMES: Readonly<Record<string, string>> = {
  done: '当场办结',
  accepted: '已受理',
  supplement: '需补正',
  rejected: '不予受理',
};
const CLOCK: Readonly<Record<string, Words>> = {
  in: { zh: '签到', en: 'signed in' },
  out: { zh: '签退', en: 'signed out' },
  leave: { zh: '请假', en: 'on leave' },
};

/** Every line of an answer in NDJSON, in order. Lines that are no objects are left out. */
export function readStory(ndjson: string, names: StoryNames): StoryLine[] {
  const lines: StoryLine[] = [];
  let step: number | undefined;
  ndjson.split('\n').forEach((text, index) => {
    const line = parse(text);
    if (!line) return;
    const read = isFields(line['seen']) ? seenLine(line['seen']) : journalLine(line, names);
    if (!read) return;
    const isStep = read.tone === 'step';
    const after =
      isStep && step !== undefined && read.at - step >= 1_000 ? spanZh(read.at - step) : undefined;
    lines.push({ key: String(index), ...read, ...(after !== undefined && { after }) });
    if (isStep) step = read.at;
  });
  return lines;
}

type Read = Omit<StoryLine, 'key' | 'after'>;

function seenLine(seen: Fields): Read {
  const { screen, at, ms } = seen;
  const delay = typeof ms === 'number' ? `叫号后 ${Math.round(ms)} 毫秒` : undefined;
  return {
    at: Number(at),
    words: { zh: `显示在屏幕 ${String(screen)}`, en: `painted on screen ${String(screen)}` },
    ...(delay !== undefined && { note: delay }),
    tone: 'seen',
  };
}

function journalLine(line: Fields, names: StoryNames): Read | undefined {
  const { signal, stream, device, by } = line;
  if (!isFields(signal)) return undefined;
  const at = Number(signal['at'] ?? line['at'] ?? line['received_at']);
  const who = isFields(by) ? text(by['who']) : text(device);
  const read = wordsOf(String(stream), signal, names);
  return {
    at,
    ...read,
    ...(who !== undefined && { by: who }),
    tone: read.tone ?? (isFields(by) ? 'person' : 'state'),
  };
}

type Told = { readonly words: Words; readonly note?: string; readonly tone?: Read['tone'] };

function wordsOf(stream: string, signal: Fields, names: StoryNames): Told {
  const type = String(signal['type']);
  switch (stream) {
    case 'ticket':
      return ticketStep(type, signal, names);
    case 'evaluation':
      return {
        words: {
          zh: `评价 ${String(signal['level'])} 分`,
          en: `rated ${String(signal['level'])} of 5`,
        },
        ...(signal['default'] === true && { note: '默认评价' }),
        tone: 'step',
      };
    case 'window': {
      const state = own<Words>(STATE_WORDS, String(signal['state']));
      return withNote(state ?? { zh: String(signal['state']), en: '' }, [
        text(signal['staff']),
        text(signal['reason']),
      ]);
    }
    case 'staff': {
      const words = own<Words>(CLOCK, String(signal['state'])) ?? { zh: '考勤', en: 'clock' };
      return withNote(words, [text(signal['staff'])]);
    }
    case 'device':
      return withNote({ zh: `设备 ${String(signal['state'])}`, en: 'device' }, [
        text(signal['fault']),
      ]);
    default:
      return { words: { zh: `${stream} ${type}`, en: '' } };
  }
}

function ticketStep(type: string, signal: Fields, names: StoryNames): Told {
  const words = own<Words>(STEPS, type) ?? { zh: type, en: type };
  const window = text(signal['window']) ?? text(signal['to_window']);
  const queue = text(signal['queue']) ?? text(signal['to_queue']);
  const at = window === undefined ? undefined : names.window(window);
  const to = queue === undefined ? undefined : names.queue(queue);
  const told = withNote(words, [
    to,
    at,
    own<string>(OUTCOMES, String(signal['outcome'])),
    text(signal['reason']),
    text(signal['out_of_order']) && `优先：${String(signal['out_of_order'])}`,
  ]);
  return { ...told, tone: 'step' };
}

function withNote(words: Words, notes: readonly (string | undefined)[]): Told {
  const note = notes.filter((one) => one !== undefined && one !== '').join(' · ');
  return { words, ...(note !== '' && { note }) };
}

function parse(line: string): Fields | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a story is asked of. */
export interface StoryOf {
  readonly of: 'ticket' | 'window' | 'device';
  readonly id: string;
}

/** The address of a story of the hall's day: `YYYY-MM-DD` in its time zone. */
export function storyAddress({ of, id }: StoryOf, date: string): string {
  return `/api/v1/story?${new URLSearchParams({ [of]: id, date }).toString()}`;
}
