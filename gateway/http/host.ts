// Under which names this gateway answers. A website whose own name is made to point here (DNS rebinding) would else pass
// for a page of this gateway, and read what only people in the hall may see.

const ADDRESS = /^(\[[0-9a-f:.]+\]|\d+\.\d+\.\d+\.\d+)$/;
/** Names that nobody can register on the internet (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const PRIVATE = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/**
 * Whether a request was meant for this gateway: by address, by a name without a dot or of a private network, or by one
 * of `hosts` (hall file, `http.hosts`).
 */
export function createHostCheck(hosts: readonly string[]): (url: URL) => boolean {
  const own = new Set(hosts.map((host) => host.toLowerCase()));
  return ({ hostname }) =>
    ADDRESS.test(hostname) ||
    !hostname.includes('.') ||
    PRIVATE.test(hostname) ||
    own.has(hostname);
}
