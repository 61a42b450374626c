import { z } from 'zod';
import { ERRORS } from '../../contracts/errors.ts';
import type { Operation } from '../../contracts/http/common.ts';

type Json = Record<string, unknown>;

/** OpenAPI 3.1 of the operations, from the schemas that the router parses with. */
export function openapi(groups: Readonly<Record<string, Record<string, Operation>>>, info: { title: string; version: string }): Json {
  const paths: Record<string, Json> = {};
  for (const [tag, operations] of Object.entries(groups)) {
    for (const [name, operation] of Object.entries(operations)) {
      const path = operation.path.replace(/:(\w+)/g, '{$1}');
      (paths[path] ??= {})[operation.method] = operationOf(tag, name, operation);
    }
  }
  return {
    openapi: '3.1.0', info, paths,
    components: {
      securitySchemes: { client: { type: 'apiKey', in: 'cookie', name: 'vw_client' }, staff: { type: 'apiKey', in: 'cookie', name: 'vw_staff' } },
      schemas: { Error: errorSchema() },
    },
  };
}

function operationOf(tag: string, name: string, operation: Operation): Json {
  const staffRoles = typeof operation.access === 'string' ? undefined : operation.access;
  return {
    operationId: `${tag}.${name}`, tags: [tag], summary: operation.summary,
    ...(operation.access === 'public' ? {} : { security: [{ [staffRoles === undefined ? 'client' : 'staff']: [] }] }),
    ...(staffRoles === undefined ? {} : { 'x-roles': staffRoles }),
    parameters: [...pathParameters(operation), ...queryParameters(operation)],
    ...requestBody(operation),
    responses: { 200: { description: 'OK', ...answerContent(operation) }, default: { description: 'An error of the catalogue', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } } },
  };
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
};

const pathParameters = ({ path }: Operation): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

function queryParameters({ query }: Operation): Json[] {
  if (query === undefined) return [];
  const schema = schemaOf(query, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({ name, in: 'query', required: schema.required?.includes(name) ?? false, schema: property }));
}

function requestBody(operation: Operation): Json {
  if (operation.upload === true) {
    const file = { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } };
    return { requestBody: { required: true, content: { 'multipart/form-data': { schema: file } } } };
  }
  if (operation.body === undefined) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(operation.body, 'input') } } } };
}

function answerContent(operation: Operation): Json {
  const bytes = operation.binary ?? operation.download;
  if (bytes !== undefined) return { content: { [bytes]: { schema: { type: 'string', format: 'binary' } } } };
  if (operation.response === undefined) return {};
  return { content: { 'application/json': { schema: schemaOf(operation.response, 'output') } } };
}

function errorSchema(): Json {
  const words = { type: 'object', required: ['zh', 'en'], properties: { zh: { type: 'string' }, en: { type: 'string' } } };
  return {
    type: 'object', required: ['code', 'message', 'todo'],
    properties: { code: { type: 'string', enum: Object.keys(ERRORS) }, message: words, todo: words, detail: { type: 'object' } },
  };
}
