// The API's description (OpenAPI 3.1), made of the operations' declarations.
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { API, type Answer, type ObjectSchema, type Operation } from './operation.ts';

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'what is wrong and what to do' },
  },
};

export function describe(operations: readonly Operation[], title: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = `${API}${operation.path.replaceAll(/:([a-z_]+)/g, '{$1}')}`;
    const methods = (paths[path] ??= {});
    methods[operation.method.toLowerCase()] = {
      summary: operation.summary,
      'x-audience': operation.audience,
      parameters: [
        ...parameters(operation.params, 'path'),
        ...parameters(operation.query, 'query'),
      ],
      ...(operation.upload !== undefined && { requestBody: fileBody(operation.upload) }),
      ...(operation.body && {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: jsonSchema(operation.body, 'input') } },
        },
      }),
      responses: {
        200: content(operation.answer),
        ...Object.fromEntries(
          [400, ...(operation.problems ?? [])].map((status) => [status, problem(status)]),
        ),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: `Hallcast API: ${title}`, version: '1' },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { Problem: PROBLEM } },
  };
}

function fileBody(description: string): object {
  // OpenAPI 3.1 §4.8.14.3: a body of bytes has no schema.
  return { description, required: true, content: { 'application/octet-stream': {} } };
}

function parameters(schema: ObjectSchema, place: 'path' | 'query'): object[] {
  return Object.entries(schema.entries).map(([name, entry]) => ({
    name,
    in: place,
    required: place === 'path' || entry.type !== 'optional',
    schema: jsonSchema(entry),
  }));
}

function content({ description, type, schema }: Answer): object {
  return { description, content: { [type]: { schema: jsonSchema(schema) } } };
}

function problem(status: number): object {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: `problem ${status}`, content: { 'application/problem+json': { schema } } };
}

function jsonSchema(schema: v.GenericSchema, typeMode: 'input' | 'output' = 'output'): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, { typeMode, errorMode: 'ignore' });
  return rest;
}
