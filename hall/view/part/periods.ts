// The month and the year so far, beside last year's same span. A new value each minute, as the facts are asked. SPEC §26.7.
import type { Period, Periods } from '../../periods.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { rounded } from './round.ts';

export type { Period, PeriodSoFar } from '../../periods.ts';

/** Absent until the periods of a new business day are known, and where the facts know of no visit. */
export const periods = part('hall', ({ hall, memory, gatewayStatus }) => {
  const { periods } = gatewayStatus;
  return periods?.date === hall.day.date ? shown(memory, '', periods) : undefined;
});

const shown = memo(({ date, month, year }: Periods): Periods | undefined => {
  if (year.soFar.issued === undefined && year.soFar.served === undefined) return undefined;
  return { date, month: pair(month), year: pair(year) };
});

function pair({ soFar, lastYear }: Periods['month']): Periods['month'] {
  return { soFar: roundedPeriod(soFar), ...(lastYear && { lastYear: roundedPeriod(lastYear) }) };
}

/** Whole ms and shares of three digits, as the figures of today are shown. */
function roundedPeriod(period: Period): Period {
  const { meanWaitMs: wait, satisfaction } = period;
  return {
    ...period,
    ...(wait && { meanWaitMs: { value: Math.round(wait.value), n: wait.n } }),
    ...(satisfaction && { satisfaction: rounded(satisfaction) }),
  };
}
