// The external broker's address and what it takes to be let in: from the URL and the environment, credentials apart.
import { messageOf } from '../log.ts';
import type { BrokerAddress } from '../intake/session/line.ts';
import { Secret } from './secret.ts';
import type { Both } from '../../hall/language.ts';

interface Value {
  readonly text: string;
  readonly from: string;
}

const schemes = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

/**
 * Undefined where there is no external broker, or its settings have problems; these show nothing of the credentials.
 * @param value a setting by its name, from a flag or the environment
 */
export function readBroker(
  value: (name: string) => Value | undefined,
  readText: (file: string) => string,
  problems: Both[],
): BrokerAddress | undefined {
  const given = value('broker');
  if (given === undefined) return undefined;
  const url = URL.canParse(given.text) ? new URL(given.text) : undefined;
  if (url === undefined || !schemes.includes(url.protocol) || url.hostname === '') {
    const expected = schemes.map((scheme) => `${scheme}//`);
    problems.push({
      zh: `${given.from}：不是这样的地址，应以 ${expected.join('、')} 开头，例如 mqtt://localhost:1883`,
      en: `${given.from}: is not such a URL, should begin with ${expected.join(', ')}, such as mqtt://localhost:1883`,
    });
    return undefined;
  }
  // A variable wins: it is the place for what should not stand in a command line.
  const user = value('broker_user')?.text ?? decoded(url.username);
  const password = value('broker_password')?.text ?? decoded(url.password);
  url.username = '';
  url.password = '';
  url.hash = '';
  const ca = readPem(value('broker_ca'), 'CERTIFICATE', readText, problems);
  const cert = readPem(value('broker_cert'), 'CERTIFICATE', readText, problems);
  const key = readPem(value('broker_key'), 'PRIVATE KEY', readText, problems);
  checkTls(url, value, problems);
  return {
    url,
    ...(user !== '' && { user }),
    ...(password !== '' && { password: new Secret(password) }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key: new Secret(key) }),
  };
}

/** `%40` is `@` in a URL; what is no such code stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What would silently not be used is a mistake. */
function checkTls(url: URL, value: (name: string) => Value | undefined, problems: Both[]): void {
  const [ca, cert, key] = ['broker_ca', 'broker_cert', 'broker_key'].map(value);
  const first = ca ?? cert ?? key;
  if (first !== undefined && url.protocol !== 'mqtts:' && url.protocol !== 'wss:') {
    problems.push({
      zh: `${first.from}：用于 TLS，消息服务器的地址应为 mqtts:// 或 wss://`,
      en: `${first.from}: is for TLS, should come with a broker at mqtts:// or wss://`,
    });
  }
  if ((cert === undefined) === (key === undefined)) return;
  const [there, missing] = cert === undefined ? [key, 'BROKER_CERT'] : [cert, 'BROKER_KEY'];
  problems.push({
    zh: `${there?.from}：不能单独填写，应同时填写 HALLCAST_${missing}`,
    en: `${there?.from}: stands alone, should come with HALLCAST_${missing}`,
  });
}

/** The text of a PEM file of that kind; a problem where it is none. */
export function readPem(
  file: Value | undefined,
  kind: string,
  readText: (file: string) => string,
  problems: Both[],
): string | undefined {
  if (file === undefined) return undefined;
  try {
    const text = readText(file.text);
    if (new RegExp(`-----BEGIN ([A-Z]+ )?${kind}-----`).test(text)) return text;
    problems.push({
      zh: `${file.from}：${file.text} 中没有 "BEGIN ${kind}"，应为 PEM 文件`,
      en: `${file.from}: ${file.text} has no "BEGIN ${kind}", should be a PEM file`,
    });
  } catch (error) {
    const why = messageOf(error);
    problems.push({
      zh: `${file.from}：无法读取 ${file.text}：${why}`,
      en: `${file.from}: cannot read ${file.text}: ${why}`,
    });
  }
  return undefined;
}
