import { z } from 'zod';
import { utcTime } from './core/fields.ts';

/** What a node can do for visits: `full` and `draining` ones keep what they have, `lost` ones have not been heard of for 5 s. */
export const NODE_STATES = ['ready', 'full', 'draining', 'lost'] as const;

const described = <S extends z.ZodType>(schema: S, description: string) => schema.meta({ description });

/** An SFU node as the API shows it. */
export const nodeView = z
  .strictObject({
    nodeId: described(z.string(), 'As SFU_NODES names it.'),
    state: described(
      z.enum(NODE_STATES),
      '`ready`: takes visits; `full` and `draining`: keeps what it has; `lost`: not heard of for 5 s.',
    ),
    processId: described(z.string(), 'Names the process that runs it; new at every start.'),
    url: described(z.string(), 'Where the other servers reach it; empty while it does not listen yet.'),
    region: described(z.string().nullable(), 'The REGION of its server; null where that has none.'),
    version: described(z.string(), 'The version of its server.'),
    capacity: described(z.int().nullable(), 'How many people it takes; null for as many as come.'),
    load: described(
      z.strictObject({
        participants: described(z.int(), 'People who are in a visit.'),
        consumers: described(z.int(), 'Streams that it forwards.'),
        cpu: described(z.number(), 'The busiest worker’s share of one core, 0 to 1.'),
        bitrate: described(z.number(), 'In and out, in bit/s, as of some seconds ago.'),
      }),
      'How busy it is.',
    ),
    aliveAt: described(utcTime, 'When it was last heard of, by its own clock.'),
    drainUntil: described(
      utcTime.nullable(),
      'Until when it is to be empty; null where it is not being drained.',
    ),
  })
  .meta({ id: 'Node' });
export type NodeView = z.infer<typeof nodeView>;

export const nodeList = z
  .strictObject({ nodes: described(z.array(nodeView), 'By name.') })
  .meta({ id: 'NodeList' });
export type NodeList = z.infer<typeof nodeList>;

/** `POST /nodes/{nodeId}/drain`. */
export const drainRequest = z
  .strictObject({
    deadlineSeconds: described(
      z.int().min(0).max(86_400),
      'How long visits have to go over to other nodes before its server ends.',
    ),
  })
  .meta({ id: 'DrainRequest' });

const nodeParams = z.object({ nodeId: z.string().meta({ description: 'As SFU_NODES names it.' }) });

/** The operations of SFU nodes, by their operationId. */
export const NODE_OPERATIONS = {
  listNodes: {
    method: 'get',
    path: '/nodes',
    tag: 'Server',
    summary: 'List the SFU nodes of all servers, by name',
    access: 'internal',
    query: z.strictObject({}),
    answers: { 200: { description: 'All nodes that are known, and how they are', schema: nodeList } },
    errors: [],
  },
  drainNode: {
    method: 'post',
    path: '/nodes/{nodeId}/drain',
    tag: 'Server',
    summary: 'Move all visits off a node',
    description:
      'The node takes no new visits, and those on it go over to other nodes within seconds without a break. Its server ends when all of its nodes are empty, or at the deadline; who is still there then connects anew. Asking again sets a new deadline.',
    access: 'internal',
    params: nodeParams,
    body: drainRequest,
    answers: { 200: { description: 'The node, which is being drained', schema: nodeView } },
    errors: ['node_not_found'],
  },
  undrainNode: {
    method: 'delete',
    path: '/nodes/{nodeId}/drain',
    tag: 'Server',
    summary: 'Let a node take visits again',
    access: 'internal',
    params: nodeParams,
    answers: { 200: { description: 'The node', schema: nodeView } },
    errors: ['node_not_found'],
  },
} as const;
