// What a page needs to go on at the other gateway of a pair by itself: where both have their pages, and whether this one
// lives. Other gateways' pages ask too, when their own gateway is gone: they are named, nobody else's site is answered.
import * as v from 'valibot';
import { json, NONE, operation, type Operation } from '../operation.ts';
import type { ApiParts } from './parts.ts';

const answer = v.object({
  pages: v.array(v.string()),
  after_ms: v.pipe(v.number(), v.integer()),
  leads: v.boolean(),
});

export function gatewayOperations({ config, gateways, liveState, leads }: ApiParts): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/gateways',
      audience: 'public',
      summary: 'Where the hall’s gateways have their pages; 503 while this one cannot show any',
      query: NONE,
      params: NONE,
      answer: {
        description:
          '`pages`: addresses, none where a gateway stands alone; `after_ms`: a page whose gateway is silent for so long asks the others',
        type: 'application/json',
        schema: answer,
      },
      problems: [503],
      handle(_query, _params, { request }) {
        liveState();
        const response = json({
          pages: [...gateways],
          after_ms: config.standby.pages_after_s * 1000,
          leads: leads(),
        } satisfies v.InferOutput<typeof answer>);
        const origin = request.headers.get('origin');
        response.headers.set('vary', 'origin');
        if (origin !== null && gateways.includes(origin)) {
          response.headers.set('access-control-allow-origin', origin);
        }
        return response;
      },
    }),
  ];
}
