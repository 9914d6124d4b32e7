/** The scanned stack: a line each, with a tick or the refusal in words, and what is told of it. */
import { CheckCircleFilled, CloseCircleFilled, CloseOutlined, LoadingOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { memo } from 'react';
import { formatTime } from '../shared/format';
import { Badge } from '../shared/page';
import { useText } from '../shared/text';
import { CONDITIONS } from './acts';
import { drop, give, type Given, type Row } from './desk';
import { modelOf, nameOf } from './device';
import { CheckPicker } from './pre-check';
import { ProblemLine } from './refused-devices';
import type { DeskAct } from './search';

interface Props { rows: Row[]; act: DeskAct; setRows: (change: (rows: Row[]) => Row[]) => void; onRetry: (code: string) => void }

export function DeskRows({ rows, act, setRows, onRetry }: Props) {
  const t = useText();
  return (
    <ol className="desk-rows" aria-label={t('equipment.desk.rows')}>
      {rows.map((row, i) => (
        <li key={row.code} className={`desk-row desk-row-${row.state}`}>
          <span className="desk-no number">{rows.length - i}</span>
          <State row={row} />
          <div className="desk-device">
            <Device row={row} />{act === 'return' && row.state === 'lawful' && !row.given.data_handed_in && <> <Badge tone="warn">{t('equipment.desk.not_handed_in')}</Badge></>}
            {row.problem && <div className="bad"><ProblemLine problem={row.problem} />{row.problem.status === 0 && <Button size="small" onClick={() => onRetry(row.code)}>{t('shell.retry')}</Button>}</div>}
          </div>
          <Button type="text" icon={<CloseOutlined />} aria-label={t('equipment.desk.drop', { code: row.code })} onClick={() => setRows((now) => drop(now, row.code))} />
          {row.state === 'lawful' && act === 'return' && <Inspection given={row.given} code={row.code} onGive={(given) => setRows((now) => give(now, row.code, given))} />}
          {row.state === 'lawful' && act === 'check_out' && (
            <div className="inspection"><CheckPicker label={t('equipment.desk.check_of', { code: row.code })} value={row.given.checked} onChange={(checked) => setRows((now) => give(now, row.code, { checked }))} /></div>
          )}
        </li>
      ))}
    </ol>
  );
}

function State({ row: { state } }: { row: Row }) {
  const t = useText();
  if (state === 'asking') return <LoadingOutlined aria-label={t('shell.loading')} />;
  return state === 'lawful' ? <CheckCircleFilled className="good" aria-label={t('equipment.desk.may')} /> : <CloseCircleFilled className="bad" aria-label={t('equipment.desk.may_not')} />;
}

function Device({ row: { device, code } }: { row: Row }) {
  const t = useText();
  if (!device) return <b>{code}</b>;
  const held = device.holder && t('equipment.held_since', { name: device.holder.name, time: formatTime(device.held_since_ms) });
  return (
    <>
      <Link to="/equipment/$id" params={{ id: device.id }} target="_blank"><b>{nameOf(device)}</b></Link>
      <span className="muted small"> {[t.code('equipment.kind', device.kind), modelOf(device), device.unit?.name, held].filter(Boolean).join(' · ')}</span>
    </>
  );
}

interface InspectionProps { given: Given; code: string; onGive: (given: Partial<Given>) => void }
/** 归还检查. Sensible already; only what differs is touched. */
const Inspection = memo(function Inspection({ given, code, onGive }: InspectionProps) {
  const t = useText();
  const of = (field: string) => t('equipment.desk.field_of', { field: t.code('field', field), code });
  return (
    <div className="inspection">
      <Select size="small" aria-label={of('condition')} value={given.condition} onChange={(condition: string) => onGive({ condition })} options={CONDITIONS.map((value) => ({ value, label: t.code('equipment.choice', `condition.${value}`) }))} popupMatchSelectWidth={false} />
      <Checkbox checked={given.data_handed_in} onChange={(event) => onGive({ data_handed_in: event.target.checked })}>{t.code('field', 'data_handed_in')}</Checkbox>
      <InputNumber size="small" aria-label={of('battery_percent')} prefix={t('equipment.desk.battery')} suffix="%" min={0} max={100} precision={0} value={given.battery} onChange={(battery) => onGive({ battery: battery ?? undefined })} />
      <InputNumber size="small" aria-label={of('free_minutes')} prefix={t('equipment.desk.storage')} suffix={t('equipment.minutes')} min={0} max={1_000_000} precision={0} value={given.free_minutes} onChange={(free) => onGive({ free_minutes: free ?? undefined })} />
      <InputNumber size="small" aria-label={of('clock_error_ms')} prefix={t('equipment.desk.clock')} suffix={t('equipment.seconds')} min={-86_400} max={86_400} precision={0} value={given.clock_s} onChange={(clock) => onGive({ clock_s: clock ?? undefined })} />
      <Input size="small" aria-label={of('appearance')} placeholder={t.code('field', 'appearance')} maxLength={200} value={given.appearance ?? ''} onChange={(event) => onGive({ appearance: event.target.value })} />
    </div>
  );
});
