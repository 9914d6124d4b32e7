/** How a device is named and how its state is shown, everywhere. */
import { CheckCircleOutlined, ExclamationCircleOutlined, WarningOutlined } from '@ant-design/icons';
import { useState } from 'react';
import { Badge } from '../shared/page';
import { formatDrift, formatTime } from '../shared/format';
import { useText } from '../shared/text';
import { driftTone } from './drift';

/** Whoever holds a device in the hand reads its asset label; without one, the maker's number. */
export const nameOf = (device: { asset_no: string | null; serial_no: string }): string => device.asset_no ?? device.serial_no;
export const modelOf = (device: { maker: string; model: string }): string => [device.maker, device.model].filter(Boolean).join(' ');

export function StatusBadge({ status }: { status: string }) {
  const t = useText();
  const text = t.code('equipment.status', status);
  if (['checked_out', 'issued', 'in_store'].includes(status)) return <Badge tone="good" icon={<CheckCircleOutlined />}>{text}</Badge>;
  if (['lost', 'stolen'].includes(status)) return <Badge tone="bad" icon={<ExclamationCircleOutlined />}>{text}</Badge>;
  if (['stopped', 'in_repair'].includes(status)) return <Badge tone="warn" icon={<WarningOutlined />}>{text}</Badge>;
  return <Badge>{text}</Badge>;
}

/** 应还: when it is due back; past that it is said loudly. */
export function DueBack({ ms }: { ms: number | null }) {
  const t = useText();
  const [now] = useState(() => Date.now());
  if (ms === null) return null;
  const text = t('equipment.due_by', { time: formatTime(ms) });
  return ms < now ? <div className="small bad" title={t('equipment.due.return')}><ExclamationCircleOutlined /> {text}</div> : <div className="small muted">{text}</div>;
}

/** 时钟误差. A figure, and a word where it is large enough to matter. */
export function Drift({ ms }: { ms: number | null }) {
  const t = useText();
  if (ms === null) return <span className="muted">{t('equipment.drift_unknown')}</span>;
  const tone = driftTone(ms);
  return tone === 'plain' ? <span className="number">{formatDrift(ms)}</span> : <Badge tone={tone} icon={<WarningOutlined />} title={t('equipment.drift_large')}>{formatDrift(ms)}</Badge>;
}
