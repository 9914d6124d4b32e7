/** 变动记录: what was done, by whom, with what outcome. Nothing here can be edited, a mistake is a new step. */
import { LockOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import type { DeviceDetail, Step } from '../api/types';
import { formatTime } from '../shared/format';
import { Empty, Panel } from '../shared/page';
import { SignatureShown } from '../shared/signature-pad';
import { useText } from '../shared/text';
import { StatusBadge } from './device';
import { stepLines } from './step-lines';

/** So many of the latest steps stand there at once. */
const STEPS_SHOWN = 12;

export function HistoryPanel({ history }: { history: Step[] }) {
  const t = useText();
  const [all, setAll] = useState(false);
  const latest = [...history].reverse();
  const shown = all ? latest : latest.slice(0, STEPS_SHOWN);
  return (
    <Panel title={t('equipment.history')} aside={<span className="muted small"><LockOutlined /> {t('equipment.history_hint')}</span>}>
      {history.length === 0
        ? <Empty title={t('equipment.no_history')} hint={t('equipment.no_history_hint')} />
        : <ol className="steps-line" aria-label={t('equipment.history')}>{shown.map((step) => <Line key={step.revision} step={step} />)}</ol>}
      {shown.length < latest.length && <div className="list-foot"><Button onClick={() => setAll(true)}>{t('equipment.all_steps', { count: latest.length })}</Button></div>}
    </Panel>
  );
}

function Line({ step }: { step: Step }) {
  const t = useText();
  const who = [step.person?.name, step.unit?.name].filter(Boolean).join(' · ');
  const later = step.noted_ms - step.at_ms > 60_000;
  return (
    <li>
      <div className="row">
        <span className="number muted">{formatTime(step.at_ms)}</span>
        <b>{t.code('equipment.act', step.act)}</b>
        {step.to_status !== step.from_status && <StatusBadge status={step.to_status} />}
        {who && <span>{who}</span>}
      </div>
      <dl className="step-detail">
        {stepLines(step.detail, t).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
        {step.signature && <div><dt>{t('equipment.signature')}</dt><dd><SignatureShown name={step.signature.name} strokes={step.signature.strokes} /> {step.signature.strokes && step.signature.name}</dd></div>}
      </dl>
      <div className="muted small">{t('equipment.noted_by', { name: step.by?.name ?? t('recordings.by_system') })}{later && ` · ${t('equipment.noted_later', { time: formatTime(step.noted_ms) })}`}</div>
    </li>
  );
}

/** 保管经过: who held it when. */
export function CustodyPanel({ custody }: { custody: DeviceDetail['custody'] }) {
  const t = useText();
  return (
    <Panel title={t('equipment.custody')}>
      {custody.length === 0
        ? <Empty title={t('equipment.no_custody')} hint={t('equipment.no_custody_hint')} />
        : (
          <ul className="held">
            {custody.map((held) => (
              <li key={`${held.holder.id} ${held.from_ms}`}>
                <Link to="/equipment" search={{ holder: held.holder.id }}>{held.holder.name}</Link>
                <span className="number muted">{formatTime(held.from_ms)} — {held.to_ms === null ? t('equipment.until_now') : formatTime(held.to_ms)}</span>
              </li>
            ))}
          </ul>
        )}
    </Panel>
  );
}
