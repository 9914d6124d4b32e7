/** 使用年限 as a plain line with its articles; what is still only on the device stands beside it. */
import { WarningOutlined } from '@ant-design/icons';
import type { DeviceDetail } from '../api/types';
import { Basis } from '../regulations/basis';
import { formatTime } from '../shared/format';
import { Badge, Panel } from '../shared/page';
import { useText } from '../shared/text';
import { lifeLine } from './service-life';

export function LifeLine({ device }: { device: DeviceDetail }) {
  const t = useText();
  const { life, on_device } = device;
  const line = life && lifeLine(life);
  return (
    <Panel title={t('equipment.life')}>
      <div className="panel-body">
        {line
          ? (
            <p className="life">
              {line.tone === 'warn' && <Badge tone="warn" icon={<WarningOutlined />}>{t('equipment.life.renew')}</Badge>} {t.code('equipment.life.stage', line.code, line.params)}
              {(life.articles.length > 0 || life.reference.length > 0) && <> <Basis articles={life.lapsed ? life.reference : life.articles} lapsed={life.lapsed} ours={life.default} /></>}
            </p>
          )
          : <p className="life muted">{t('equipment.life.unknown')}</p>}
        {on_device && (
          <p className="life">
            <Badge tone="warn" icon={<WarningOutlined />}>{t('equipment.on_device.title')}</Badge>{' '}
            {on_device.files === null ? t('equipment.on_device.some', { time: formatTime(on_device.since_ms) }) : t('equipment.on_device.files', { count: on_device.files, time: formatTime(on_device.since_ms) })}
          </p>
        )}
      </div>
    </Panel>
  );
}
