// Errors of the API as application/problem+json (RFC 9457): what is wrong and what to do.

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** names the kind for programs: urn:hallcast:problem:NAME */
  readonly name?: string;
  /** of a refused command, as the contract names it: `field:NAME`, `state`, … */
  readonly reason?: string;
  /** of a refusal by the standby: the address of the gateway that leads */
  readonly leader?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by handlers that cannot answer as asked; the router turns it into its response. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export function problemResponse(problem: Problem): Response {
  const { status, title, detail, name, reason, leader, headers } = problem;
  const type = name === undefined ? 'about:blank' : `urn:hallcast:problem:${name}`;
  return new Response(JSON.stringify({ type, title, status, detail, reason, leader }), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
    },
  });
}

export const NOT_READY: Problem = {
  status: 503,
  title: 'Starting or stopping',
  detail: 'the gateway is not ready, try again in a moment',
  name: 'not-ready',
  headers: { 'retry-after': '1' },
};

/** Until accounts exist the hall file says where staff may be. */
export const NOT_STAFF: Problem = {
  status: 403,
  title: 'For staff',
  detail:
    'http.staff: is "loopback" in the hall file, what is for people at work is answered on the gateway’s own machine only',
  name: 'role',
  reason: 'role',
};

export function notFound(detail: string): ProblemError {
  return new ProblemError({ status: 404, title: 'Not found', detail, name: 'not-found' });
}

export function conflict(detail: string): ProblemError {
  return new ProblemError({ status: 409, title: 'Conflict', detail, name: 'conflict' });
}

export function badParameter(detail: string): ProblemError {
  return new ProblemError({ status: 400, title: 'Bad parameter', detail, name: 'parameter' });
}
