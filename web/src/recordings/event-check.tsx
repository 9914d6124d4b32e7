/** 验证 beside an event: fetches its proof and checks it here, step by step. Used by custody and by the audit list. */
import { CheckCircleOutlined, CloseCircleOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect } from 'react';
import { get } from '../api/client';
import type { EventLine, EventProof } from '../api/types';
import { refusalText } from '../shared/refusal';
import { useText } from '../shared/text';
import { hashes } from './hashes';
import { prove, type Proven } from './proof';
import { judgeLog, keepLog, recallLog, sameEvent, type LogMemory } from './trust';

interface Props { event: EventLine; start?: boolean }
type Result = Proven & { same: boolean; memory: LogMemory; by: 'webcrypto' | 'noble' };

async function check(event: EventLine): Promise<Result> {
  const before = recallLog(window.localStorage);
  const proof = await get<EventProof>(`/events/${event.id}/proof`);
  const using = await hashes();
  const proven = await prove(proof, using);
  const same = proof.index === event.log_index && (proof.payload === null || sameEvent(proof.payload, event));
  const now = { vkey: proof.vkey, size: proven.size };
  const memory = proven.ok ? judgeLog(before, now) : 'unknown';
  if (proven.ok) keepLog(window.localStorage, now);
  return { ...proven, ok: proven.ok && same && memory !== 'key_changed' && memory !== 'shrunk', same, memory, by: using.by };
}

export function EventCheck({ event, start = false }: Props) {
  const t = useText();
  const run = useMutation({ mutationFn: () => check(event) });
  const possible = event.covered && event.log_index !== null;
  const { mutate } = run;
  useEffect(() => {
    if (start && possible) mutate();
  }, [start, possible, mutate]);
  if (!possible) return <div className="muted small">{t('proof.not_covered')}</div>;
  return (
    <div className="check">
      <Button size="small" icon={<SafetyCertificateOutlined />} loading={run.isPending} onClick={() => mutate()}>{t('proof.verify')}</Button>
      <span role="status" className="check-result">
        {run.error && <span className="bad"><CloseCircleOutlined /> {refusalText(run.error, t)}</span>}
        {run.data && (run.data.ok
          ? <span className="good"><CheckCircleOutlined /> {t('proof.ok', { index: event.log_index ?? '' })}</span>
          : <span className="bad"><CloseCircleOutlined /> {t('proof.failed')}</span>)}
      </span>
      {run.data && <Steps result={run.data} />}
    </div>
  );
}

function Steps({ result }: { result: Result }) {
  const t = useText();
  const line = (key: string, ok: boolean, text: string, detail: string) => (
    <li key={key} className={ok ? 'good' : 'bad'}>{ok ? <CheckCircleOutlined /> : <CloseCircleOutlined />} <span>{text}{detail && <code className="digest">{detail}</code>}</span></li>
  );
  return (
    <details className="steps" open={!result.ok}>
      <summary>{t('proof.how')}</summary>
      <ul>
        {line('same', result.same, t('proof.step.same'), '')}
        {result.steps.map((step) => line(step.code, step.ok, t(`proof.step.${step.code}`), step.detail))}
        {line('memory', result.memory !== 'key_changed' && result.memory !== 'shrunk', t(`proof.memory.${result.memory}`), '')}
      </ul>
      <p className="muted small">{t(`proof.by.${result.by}`)}</p>
    </details>
  );
}
