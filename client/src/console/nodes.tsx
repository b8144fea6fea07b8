import type { ConsoleNode } from '@televisit/shared/console';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Modal } from '../ui/components/modal.tsx';
import { say } from '../ui/hooks/speech.ts';
import { ConsoleError } from './api.ts';
import { useCanOperate, useConsole } from './context.ts';
import { bitRate, figure, percent, span, zonedMoment } from './format.ts';
import { At, Badge, Meter, reasonOf, ViewLink, type Tone } from './parts.tsx';
import { t } from './texts.ts';

/** Time that visits have to leave a node, in seconds. */
const DEADLINES = [300, 900, 3_600, 14_400] as const;
const DEFAULT_DEADLINE = 900;

const TONES: Readonly<Record<ConsoleNode['state'], Tone>> = {
  ready: 'good',
  full: 'warning',
  draining: 'busy',
  lost: 'bad',
};

interface ListProps {
  readonly nodes: readonly ConsoleNode[];
  /** Called with a node that the operator has changed. */
  readonly onChanged: (node: ConsoleNode) => void;
}

/** The nodes as cards, with what an operator may do to them. */
export function NodeList({ nodes, onChanged }: ListProps) {
  const [asked, setAsked] = useState<{ nodeId: string; button: HTMLElement } | null>(null);
  const canOperate = useCanOperate();
  const hint = useId();
  // It may change while the question is open.
  const node = nodes.find(({ nodeId }) => nodeId === asked?.nodeId);
  const close = () => setAsked(null);
  const isAsking = node !== undefined;
  useEffect(() => {
    if (!asked || !isAsking) return;
    // While the dialog is open, nothing behind it takes the focus.
    return () => asked.button.focus();
  }, [asked, isAsking]);
  const answered = (changed: ConsoleNode) => {
    onChanged(changed);
    close();
  };
  return (
    <>
      {!canOperate && (
        <p class="about" id={hint} data-testid="viewer-hint">
          {t('console.nodes.viewer')}
        </p>
      )}
      <ul class="nodes">
        {nodes.map((one) => (
          <NodeCard
            key={one.nodeId}
            node={one}
            hint={canOperate ? null : hint}
            onAsk={(button) => setAsked({ nodeId: one.nodeId, button })}
          />
        ))}
      </ul>
      {node && (
        <Question
          node={node}
          isAlone={nodes.every(({ nodeId, state }) => nodeId === node.nodeId || state !== 'ready')}
          onDone={answered}
          onClose={close}
        />
      )}
    </>
  );
}

interface CardProps {
  readonly node: ConsoleNode;
  /** The element that says why the operator may not change it; null if they may. */
  readonly hint: string | null;
  readonly onAsk: (button: HTMLElement) => void;
}

function NodeCard({ node, hint, onAsk }: CardProps) {
  const { nodeId, state, load, capacity } = node;
  const isLost = state === 'lost';
  return (
    <li class="card node" data-testid="node" data-node={nodeId} data-state={state}>
      <div class="node-title">
        <h3 dir="auto">{nodeId}</h3>
        <Badge tone={TONES[state]}>{t(`console.node.${state}`)}</Badge>
      </div>
      {/* The load of a lost node is unknown. */}
      {!isLost && <Meter label={t('console.node.load')} share={load.cpu} text={percent(load.cpu)} />}
      {!isLost && capacity !== null && (
        <Meter
          label={t('console.node.people')}
          share={capacity === 0 ? 1 : load.participants / capacity}
          text={t('console.node.peopleOf', { count: load.participants, capacity })}
        />
      )}
      <Facts node={node} />
      {node.drainUntil !== null && (
        <p class="node-until">{t('console.node.until', { time: zonedMoment(node.drainUntil) })}</p>
      )}
      <div class="node-actions">
        <ViewLink to={{ view: 'sessions', filters: { node: nodeId } }}>{t('console.node.show')}</ViewLink>
        {!isLost && <Action node={node} hint={hint} onAsk={onAsk} />}
      </div>
    </li>
  );
}

function Facts({ node }: { node: ConsoleNode }) {
  const { load, capacity, openSessions, region, version, aliveAt, state } = node;
  const isLost = state === 'lost';
  const facts: readonly (readonly [string, string])[] = [
    ...(capacity === null && !isLost ? [[t('console.node.people'), figure(load.participants)] as const] : []),
    ...(openSessions === null ? [] : [[t('console.node.visits'), figure(openSessions)] as const]),
    ...(isLost
      ? []
      : [
          [t('console.node.streams'), figure(load.consumers)] as const,
          [t('console.node.traffic'), bitRate(load.bitrate)] as const,
        ]),
    ...(region === null ? [] : [[t('console.node.region'), region] as const]),
    [t('console.node.version'), version],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
      {isLost && (
        <div>
          <dt>{t('console.node.heartbeat')}</dt>
          <dd>
            <At at={aliveAt} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Action({ node: { nodeId, state }, hint, onAsk }: CardProps) {
  const kind = state === 'draining' ? 'undrain' : 'drain';
  return (
    <button
      type="button"
      class="button button-small button-quiet"
      // Not `disabled`: a screen reader would pass over it, and never say why.
      aria-disabled={hint !== null}
      aria-describedby={hint ?? undefined}
      aria-label={t(`console.${kind}.of`, { node: nodeId })}
      data-testid={kind}
      onClick={(event) => {
        if (hint === null) onAsk(event.currentTarget);
      }}
    >
      {t(`console.${kind}`)}
    </button>
  );
}

interface QuestionProps {
  readonly node: ConsoleNode;
  /** Whether no other node accepts visits. */
  readonly isAlone: boolean;
  readonly onDone: (node: ConsoleNode) => void;
  readonly onClose: () => void;
}

/** Asks before a node is drained, or accepts visits again. */
function Question({ node: { nodeId, state }, isAlone, onDone, onClose }: QuestionProps) {
  const { api } = useConsole();
  // The question stays the same if the node changes meanwhile.
  const kind = useRef(state === 'draining' ? ('undrain' as const) : ('drain' as const)).current;
  const [deadline, setDeadline] = useState(DEFAULT_DEADLINE);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ConsoleError | null>(null);
  const confirm = async () => {
    setBusy(true);
    setProblem(null);
    try {
      onDone(await (kind === 'drain' ? api.drain(nodeId, deadline) : api.undrain(nodeId)));
      say(t(`console.${kind}.done`, { node: nodeId }));
    } catch (error) {
      setProblem(ConsoleError.from(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={t(`console.${kind}.title`, { node: nodeId })} onClose={onClose}>
      <p>{t(`console.${kind}.text`)}</p>
      {kind === 'drain' && (
        <>
          {isAlone && <p class="notice question-notice">{t('console.drain.alone')}</p>}
          <label class="field question-field">
            <span class="field-name">{t('console.drain.deadline')}</span>
            <select
              value={String(deadline)}
              data-testid="drain-deadline"
              onChange={(event) => setDeadline(Number(event.currentTarget.value))}
            >
              {DEADLINES.map((seconds) => (
                <option key={seconds} value={String(seconds)}>
                  {span(seconds)}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      {problem && (
        <p class="modal-error" role="alert">
          {t(`console.${kind}.failed`, { reason: reasonOf(problem) })}
        </p>
      )}
      <div class="modal-buttons">
        <button type="button" class="button button-quiet" onClick={onClose}>
          {t('console.cancel')}
        </button>
        <button
          type="button"
          class={`button ${kind === 'drain' ? 'button-danger' : 'button-primary'}`}
          aria-disabled={isBusy}
          data-testid="confirm"
          onClick={() => {
            if (!isBusy) void confirm();
          }}
        >
          {t(`console.${kind}`)}
        </button>
      </div>
    </Modal>
  );
}
