// The API below /api/v1: every operation, declared once. Instants are ms since 1970, names are snake_case.
import * as v from 'valibot';
import { faultOperations } from './api/faults.ts';
import { commandOperations } from './api/commands.ts';
import { contentOperations } from './api/content.ts';
import { discoveredOperations } from './api/discovered.ts';
import { factOperations } from './api/facts.ts';
import { gatewayOperations } from './api/gateways.ts';
import { hallOperations } from './api/hall.ts';
import { letterOperations } from './api/letters.ts';
import type { ApiParts } from './api/parts.ts';
import { recordOperations } from './api/records.ts';
import { describe } from './openapi.ts';
import { API, NONE, operation, type Operation } from './operation.ts';
import type { Route } from './router.ts';

/** What costs more than a look: the whole state, and what is read from disk. */
const WEIGHTS: Readonly<Record<string, number>> = {
  ...{ '/state': 10, '/estimate': 2, '/journal': 20, '/dead-letters': 20, '/history': 20 },
  ...{ '/dead-letters/replay': 20, '/history/set-aside': 20, '/content': 10 },
  ...{ '/visits': 20, '/figures': 10, '/story': 20 },
};

export function createApi(parts: ApiParts): readonly Route[] {
  const operations = [
    ...hallOperations(parts),
    ...gatewayOperations(parts),
    ...faultOperations(parts),
    ...letterOperations(parts),
    ...discoveredOperations(parts),
    ...commandOperations(parts),
    ...contentOperations(parts),
    ...recordOperations(parts),
    ...factOperations(parts),
  ];
  const title = parts.config.hall.name.en ?? parts.config.hall.name.zh;
  const openapi: Operation = operation({
    method: 'GET',
    path: '/openapi.json',
    audience: 'public',
    summary: 'This description',
    query: NONE,
    params: NONE,
    answer: { description: 'OpenAPI 3.1', type: 'application/json', schema: v.looseObject({}) },
    handle: () => describe([...operations, openapi], title),
  });
  return [...operations, openapi].map(({ route }) => {
    const weight = WEIGHTS[route.path.slice(API.length)];
    return weight === undefined ? route : { ...route, weight };
  });
}
