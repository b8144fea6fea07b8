import type { NodeList, NodeView } from '@televisit/shared/node-operations';
import type { CallOptions } from './api-calls.ts';
import { WebhookCalls } from './webhook-calls.ts';

/** The calls about SFU nodes, for operators. @throws TelevisitApiError from every method */
export class NodeCalls extends WebhookCalls {
  /** All nodes of all servers, by name. */
  listNodes(options: CallOptions = {}): Promise<NodeList> {
    return this.json('GET', ['nodes'], options);
  }

  /** Moves all visits off a node; its server ends when all of its nodes are empty, or at the deadline. */
  drainNode(
    nodeId: string,
    request: { readonly deadlineSeconds: number },
    options: CallOptions = {},
  ): Promise<NodeView> {
    return this.json('POST', ['nodes', nodeId, 'drain'], options, { body: request });
  }

  /** Lets a node take visits again. */
  undrainNode(nodeId: string, options: CallOptions = {}): Promise<NodeView> {
    return this.json('DELETE', ['nodes', nodeId, 'drain'], options);
  }
}
