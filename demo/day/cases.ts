// Cases on their way in the demo hall (办件): what was accepted on a day goes through its stages on that day and later ones, so
// that every day has cases in every state, and a few that are late.
import { addDays } from '../../hall/zone-time.ts';
import type { CaseSignal } from '../../hall/signal.ts';
import { MINUTE } from './profile.ts';
import { seededRandom, type Random } from './random.ts';
import type { Story } from './story.ts';

type CaseStep = Omit<CaseSignal, 'id'> & { readonly at: number };

const DAY_MS = 24 * 60 * MINUTE;
const STAGES = ['材料审查', '现场核查', '部门会签', '制证'] as const;
/** Working days within which the hall promises to decide (承诺时限). */
const PROMISED_DAYS = [1, 3, 5, 7, 10, 15, 20] as const;
const PROMISED_UNTIL_MS = 17.5 * 60 * MINUTE;
/** Cases are worked on from nine on, for eight hours. */
const WORK = { from: 9 * 60 * MINUTE, ms: 8 * 60 * MINUTE };
const SHARE = { late: 0.08, granted: 0.96, fetchedAtOnce: 0.7 } as const;
/** No case takes longer: 20 days, half as long again where it is late, and the days until it is fetched. */
const LONGEST_DAYS = 36;

/** Today's steps of the cases of today and of the days before. */
export function tellCases(story: Story): void {
  const { start, end, date } = story;
  for (let back = LONGEST_DAYS; back >= 0; back -= 1) {
    for (const step of stepsOf(story, addDays(date, -back), start - back * DAY_MS)) {
      if (step.at < start || step.at >= end) continue;
      story.drafts.push({ device: 'cases', stream: 'case', signal: step });
    }
  }
}

/** All steps of the cases that are accepted on `date`, which begins at `start`. */
function stepsOf({ config, seed }: Story, date: string, start: number): CaseStep[] {
  const random = seededRandom(`${config.hall.id} ${date} ${seed}/cases`);
  const services = config.services.filter(({ department }) => department !== undefined);
  return Array.from({ length: random.whole(32, 46) }, (_, index) => {
    const service = random.pick(services);
    const promised = random.pick(PROMISED_DAYS);
    const about = {
      case: `C${date.replaceAll('-', '')}-${String(index + 1).padStart(4, '0')}`,
      department: service?.department?.zh ?? '',
      item: service?.name.zh ?? '',
      due_at: start + promised * DAY_MS + PROMISED_UNTIL_MS,
    };
    return wayOf(random, promised).map(({ worked, ...step }): CaseStep => {
      const from = start + Math.floor(worked / WORK.ms) * DAY_MS + WORK.from;
      return { ...about, ...step, at: Math.round(from + (worked % WORK.ms)) };
    });
  }).flat();
}

type Step = Pick<CaseStep, 'type' | 'stage' | 'outcome'> & {
  /** working time since nine of the first day, ms */
  readonly worked: number;
};

/** From the acceptance to the delivery, within the promised days except for a few. */
function wayOf(random: Random, promised: number): Step[] {
  const accepted = random.unit() * WORK.ms;
  const late = random.chance(SHARE.late) ? random.between(1.1, 1.5) : random.between(0.25, 0.9);
  const decided = Math.max(accepted + 40 * MINUTE, promised * WORK.ms * late);
  const stages = STAGES.slice(0, random.whole(1, STAGES.length));
  const fetched = random.chance(SHARE.fetchedAtOnce)
    ? random.between(10, 90) * MINUTE
    : random.between(1, 5) * WORK.ms;
  return [
    { type: 'accepted', worked: accepted },
    ...stages.map((stage, index): Step => {
      const part = (index + random.between(0.5, 0.9)) / (stages.length + 0.5);
      return { type: 'stage', stage, worked: accepted + (decided - accepted) * part };
    }),
    {
      type: 'decided',
      outcome: random.chance(SHARE.granted) ? '准予' : '不予',
      worked: decided,
    },
    { type: 'delivered', worked: decided + fetched },
  ];
}
