// What a window says of itself, in one word and its English, and what a visitor may do meanwhile.
import type { Name } from '../hall/view/common.ts';
import type { SignView } from '../hall/view/sign.ts';
import { shutWords } from './opening-words.ts';

export interface SignWords {
  readonly zh: string;
  readonly en: string;
  readonly help?: Name;
}

const CALLED: SignWords = { zh: '请到本窗口', en: 'Please come' };
const CALLED_AGAIN: SignWords = { zh: '再次叫号', en: 'Called again' };
const CALLED_EARLIER: SignWords = { zh: '此前叫号', en: 'Called earlier' };
const SERVING: SignWords = { zh: '办理中', en: 'Serving' };
const ELSEWHERE: Name = { zh: '请到其他窗口办理', en: 'Please use another window' };

const STATES: Readonly<Record<SignView['window']['state'], SignWords>> = {
  idle: {
    zh: '请稍候',
    en: 'Please wait',
    help: { zh: '等待叫号', en: 'Your number will be called' },
  },
  calling: { zh: '正在叫号', en: 'Calling' },
  serving: { zh: '办理中', en: 'Serving', help: { zh: '请稍候', en: 'Please wait' } },
  paused: { zh: '暂停服务', en: 'Paused', help: { zh: '稍后继续', en: 'We will be back shortly' } },
  away: { zh: '暂时离开', en: 'Back soon', help: ELSEWHERE },
  closed: { zh: '窗口关闭', en: 'Closed', help: ELSEWHERE },
  unknown: {
    zh: '暂无信息',
    en: 'No information',
    help: { zh: '请咨询工作人员', en: 'Please ask our staff' },
  },
};

/**
 * The call comes before the window's state; a hall at lunch or closed before a window's silence.
 * @param old the data is old: it must not sound like a call
 */
export function signWords({ call, window, opening }: SignView, old: boolean): SignWords {
  if (call?.state === 'serving') return SERVING;
  if (call) return old ? CALLED_EARLIER : call.nth > 1 ? CALLED_AGAIN : CALLED;
  const still = window.state === 'closed' || window.state === 'unknown' || window.state === 'idle';
  return (still && shutWords(opening)) || STATES[window.state];
}
