import { z } from 'zod';
import { utcTime } from './session.ts';

/** What a node can do for visits: `full` and `draining` ones keep what they have, `lost` ones have not been heard of for 5 s. */
export const NODE_STATES = ['ready', 'full', 'draining', 'lost'] as const;

/** An SFU node as the API shows it. */
export const nodeView = z
  .strictObject({
    nodeId: z.string(),
    state: z.enum(NODE_STATES),
    /** The process that runs it; new at every start. */
    processId: z.string(),
    /** Where the other servers reach it. */
    url: z.string(),
    region: z.string().nullable(),
    version: z.string(),
    /** How many people it takes; null for as many as come. */
    capacity: z.int().nullable(),
    load: z.strictObject({
      participants: z.int(),
      consumers: z.int(),
      /** The busiest worker's share of one core, 0 to 1. */
      cpu: z.number(),
      /** In and out, in bit/s. */
      bitrate: z.number(),
    }),
    aliveAt: utcTime,
    /** Until when it is to be empty; null where it is not being drained. */
    drainUntil: utcTime.nullable(),
  })
  .meta({ id: 'Node' });
export type NodeView = z.infer<typeof nodeView>;

export const nodeList = z.strictObject({ nodes: z.array(nodeView) }).meta({ id: 'NodeList' });
export type NodeList = z.infer<typeof nodeList>;

/** `POST /nodes/{nodeId}/drain`. */
export const drainRequest = z
  .strictObject({ deadlineSeconds: z.int().min(0).max(86_400) })
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
