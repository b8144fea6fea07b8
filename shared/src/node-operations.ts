import { z } from 'zod';
import { utcTime } from './core/fields.ts';

/** The state of a node: `full` and `draining` ones keep their visits, `lost` ones have sent no heartbeat for 5 s. */
export const NODE_STATES = ['ready', 'full', 'draining', 'lost'] as const;

const described = <S extends z.ZodType>(schema: S, description: string) => schema.meta({ description });

/** An SFU node as the API shows it. */
export const nodeView = z
  .strictObject({
    nodeId: described(z.string(), 'The name in SFU_NODES.'),
    state: described(
      z.enum(NODE_STATES),
      '`ready`: accepts visits; `full` and `draining`: keeps its visits; `lost`: no heartbeat for 5 s.',
    ),
    processId: described(z.string(), 'Identifies the process that runs it; new at every start.'),
    url: described(z.string(), 'Where other servers reach it; empty until it listens.'),
    region: described(z.string().nullable(), 'The REGION of its server; null if it has none.'),
    version: described(z.string(), 'The version of its server.'),
    capacity: described(z.int().nullable(), 'The maximum number of participants; null for no limit.'),
    load: described(
      z.strictObject({
        participants: described(z.int(), 'Participants in visits.'),
        consumers: described(z.int(), 'Streams that it forwards.'),
        cpu: described(z.number(), 'The busiest worker’s share of one core, 0 to 1.'),
        bitrate: described(z.number(), 'In and out, in bit/s, a few seconds ago.'),
      }),
      'The current load.',
    ),
    aliveAt: described(utcTime, 'Its last heartbeat, by its own clock.'),
    drainUntil: described(utcTime.nullable(), 'The deadline for it to be empty; null if it is not draining.'),
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
      'How many seconds visits have to move to other nodes before the node’s server exits.',
    ),
  })
  .meta({ id: 'DrainRequest' });

const nodeParams = z.object({ nodeId: z.string().meta({ description: 'The name in SFU_NODES.' }) });

/** The operations of SFU nodes, by operationId. */
export const NODE_OPERATIONS = {
  listNodes: {
    method: 'get',
    path: '/nodes',
    tag: 'Server',
    summary: 'List the SFU nodes of all servers, by name',
    access: 'internal',
    query: z.strictObject({}),
    answers: { 200: { description: 'All known nodes with their state', schema: nodeList } },
    errors: [],
  },
  drainNode: {
    method: 'post',
    path: '/nodes/{nodeId}/drain',
    tag: 'Server',
    summary: 'Move all visits off a node',
    description:
      'The node accepts no new visits, and its visits move to other nodes within seconds without an interruption. Its server exits when all of its nodes are empty, or at the deadline; participants who are still there then reconnect. Repeating the request sets a new deadline.',
    access: 'internal',
    repeatable: true,
    params: nodeParams,
    body: drainRequest,
    answers: { 200: { description: 'The node, which is draining', schema: nodeView } },
    errors: ['node_not_found'],
  },
  undrainNode: {
    method: 'delete',
    path: '/nodes/{nodeId}/drain',
    tag: 'Server',
    summary: 'Let a node accept visits again',
    access: 'internal',
    params: nodeParams,
    answers: { 200: { description: 'The node', schema: nodeView } },
    errors: ['node_not_found'],
  },
} as const;
