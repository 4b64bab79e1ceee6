// The InfluxDB that is the history: its address and what it takes to be let in, from the URL and the environment.
import { readPem } from './broker.ts';
import { Secret } from './secret.ts';
import type { Both } from '../../hall/language.ts';

export interface InfluxSettings {
  /** http or https; may hold user and password */
  readonly url: Secret;
  /** `user:password` for 1.x, a token for 2.x and 3.x */
  readonly token?: Secret;
  readonly database: string;
  /** PEM of the authority that its certificate is from, where that is not a public one */
  readonly ca?: string;
}

interface Value {
  readonly text: string;
  readonly from: string;
}

const DATABASE = 'hallcast';

/**
 * Undefined where there is none, or its settings have problems; these show nothing of the URL.
 * @param value a setting by its name, from a flag or the environment
 */
export function readInflux(
  value: (name: string) => Value | undefined,
  readText: (file: string) => string,
  problems: Both[],
): InfluxSettings | undefined {
  const given = value('influx');
  if (given === undefined) return undefined;
  const protocol = URL.canParse(given.text) ? new URL(given.text).protocol : undefined;
  if (protocol !== 'http:' && protocol !== 'https:') {
    problems.push({
      zh: `${given.from}：不是这样的地址，应以 http:// 或 https:// 开头，例如 http://localhost:8086`,
      en: `${given.from}: is not such a URL, should begin with http:// or https://, such as http://localhost:8086`,
    });
    return undefined;
  }
  const authority = value('influx_ca');
  if (authority !== undefined && protocol !== 'https:') {
    problems.push({
      zh: `${authority.from}：用于 TLS，InfluxDB 的地址应为 https://`,
      en: `${authority.from}: is for TLS, should come with an InfluxDB at https://`,
    });
  }
  const token = value('influx_token')?.text;
  const ca = readPem(authority, 'CERTIFICATE', readText, problems);
  return {
    url: new Secret(given.text),
    ...(token !== undefined && { token: new Secret(token) }),
    database: value('influx_database')?.text ?? DATABASE,
    ...(ca !== undefined && { ca }),
  };
}
