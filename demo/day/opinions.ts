// What the demo hall's visitors think (好差评).
import type { EvaluationLevel } from '../../hall/signal.ts';
import { MINUTE, SHARE } from './profile.ts';
import type { Random } from './random.ts';
import type { Story } from './story.ts';
import type { Service } from './windows.ts';

const LEVELS: readonly EvaluationLevel[] = [5, 4, 3, 2, 1];
const WELL_SERVED = { 5: 78, 4: 15, 3: 5, 2: 1.3, 1: 0.7 } as const;
const LONG_WAIT = { 5: 48, 4: 27, 3: 15, 2: 7, 1: 3 } as const;

const PRAISE = ['服务热情', '办事高效', '一次告知清楚'] as const;
const BLAME = ['等候时间长', '材料要求不清楚', '态度有待改进'] as const;

/** Every service is evaluated: by the visitor, or by default once the pad's minute has passed. */
export function tellOpinions(story: Story, services: readonly Service[]): void {
  for (const { visit, window, at } of services) {
    const random = story.random.fork(`opinion ${visit.number}`);
    const device = story.deviceAt('evaluator', { window });
    const about = { type: 'submitted' as const, window, ticket: visit.number };
    if (random.chance(SHARE.evaluated)) {
      const waitMs = (visit.firstServedAt ?? visit.issuedAt) - visit.issuedAt;
      const level = levelAfter(waitMs, random);
      const aspect = random.pick(level >= 4 ? PRAISE : BLAME);
      const aspects = level < 4 || random.chance(0.3) ? { aspects: [aspect] } : {};
      const channel = random.chance(0.88) ? 'pad' : 'qr';
      const given = Math.round(at + random.between(3, 40) * 1_000);
      const signal = { ...about, at: given, level, channel, ...aspects } as const;
      story.drafts.push({ device, stream: 'evaluation', signal });
    } else {
      const signal = {
        ...about,
        at: at + MINUTE,
        level: 5,
        channel: 'pad',
        default: true,
      } as const;
      story.drafts.push({ device, stream: 'evaluation', signal });
    }
  }
}

function levelAfter(waitMs: number, random: Random): EvaluationLevel {
  const weights = waitMs > 25 * MINUTE ? LONG_WAIT : WELL_SERVED;
  return random.weighted(LEVELS, (level) => weights[level]) ?? 5;
}
