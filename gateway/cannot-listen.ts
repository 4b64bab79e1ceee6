// Why an address cannot be listened at, for whoever chose it.
import type { Both } from '../hall/language.ts';
import { CodedError, message, messageOf } from './log.ts';

/** Its text says what to do. */
export class CannotListen extends CodedError {
  override name = 'CannotListen';

  /** @param flag the one that gives this address */
  constructor(flag: string, host: string, port: number, cause: unknown) {
    const address = `${host}:${port}`;
    super(message('start.cannot-listen', { flag, address, reason: reasonOf(cause) }), { cause });
  }
}

function reasonOf(cause: unknown): Both {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (cause instanceof Deno.errors.AddrInUse || code === 'EADDRINUSE') {
    return {
      zh: '已被其他程序占用：请停止那个程序，或换一个端口',
      en: 'is in use by another program: stop that one, or give another port',
    };
  }
  if (cause instanceof Deno.errors.AddrNotAvailable || code === 'EADDRNOTAVAIL') {
    return {
      zh: '不是本机的地址：请填写本机地址，或用 0.0.0.0 表示全部',
      en: 'is no address of this machine: give one that is, or 0.0.0.0 for all of them',
    };
  }
  if (cause instanceof Deno.errors.PermissionDenied || code === 'EACCES') {
    return {
      zh: '本用户无权打开：请使用 1024 及以上的端口',
      en: 'may not be opened by this user: give a port from 1024 on',
    };
  }
  const why = messageOf(cause);
  return { zh: `无法监听：${why}`, en: `cannot be listened at: ${why}` };
}
