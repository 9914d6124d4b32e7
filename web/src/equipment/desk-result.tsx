/** What one click did. */
import { CheckCircleFilled } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import type { ActsDone } from '../api/types';
import { formsOfAct } from '../documents/forms';
import { PrintMenu } from '../documents/print';
import { useText } from '../shared/text';
import { nameOf, StatusBadge } from './device';
import { Notes } from './refused-devices';
import type { DeskAct } from './search';

export function DeskResult({ act, done }: { act: DeskAct; done: ActsDone }) {
  const t = useText();
  return (
    <div className="desk-result" role="status">
      <p className="verdict-line good"><CheckCircleFilled /> {t('equipment.acted', { act: t.code('equipment.act', act), count: done.devices.length })}</p>
      {done.notes.length > 0 && <Alert type="warning" showIcon title={<Notes notes={done.notes} />} />}
      <p><PrintMenu forms={formsOfAct[act]} subjects={done.devices.map((device) => device.id)} /></p>
      <ul className="plain desk-done">
        {done.devices.map((device) => <li key={device.id}><Link to="/equipment/$id" params={{ id: device.id }}>{nameOf(device)}</Link> <StatusBadge status={device.status} />{device.holder && <span className="muted"> {device.holder.name}</span>}</li>)}
      </ul>
    </div>
  );
}
