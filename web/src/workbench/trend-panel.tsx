import { useNavigate } from '@tanstack/react-router';
import { usePhone } from '../shared/browser';
import { Panel } from '../shared/page';
import { useText } from '../shared/text';
import { chart, type Day } from './trend';

const HEIGHT = 150;

/** 30 days at a glance; a click on a day opens what was received on it. The same figures stand in a table for screen readers. */
export function TrendPanel({ days }: { days: Day[] }) {
  const t = useText();
  const navigate = useNavigate();
  const nothing = days.every((day) => day.received === 0);
  const phone = usePhone();
  const width = phone ? 320 : 640; // the drawing is scaled to the panel, its letters with it
  const { bars, ticks, labels } = chart(days, width, HEIGHT, phone ? 4 : 6);
  return (
    <Panel title={t('workbench.trend')} aside={<span className="legend"><i className="legend-received" />{t('workbench.received')} <i className="legend-late" />{t('recordings.verdict.late')}</span>}>
      <div className="panel-body">
        {nothing ? <p className="muted">{t('workbench.trend_empty', { count: days.length })}</p> : <svg className="trend" viewBox={`-38 -10 ${width + 42} ${HEIGHT + 34}`} aria-hidden="true">
          {ticks.map((tick) => <g key={tick.value}><line x1="0" x2={width} y1={tick.y} y2={tick.y} /><text x="-6" y={tick.y + 4} textAnchor="end">{tick.value}</text></g>)}
          {bars.map((bar) => (
            <g key={bar.day} className="trend-day" onClick={() => void navigate({ to: '/recordings', search: { received: bar.day } })}>
              <title>{t('workbench.trend_day', { day: bar.day, received: bar.received, late: bar.late })}{!!bar.deviations && ` · ${t('recordings.verdict.internal_deviation')} ${bar.deviations}`}</title>
              <rect className="trend-hit" x={bar.x} y="0" width={bar.width} height={HEIGHT} />
              <rect className="trend-received" x={bar.x} y={bar.top} width={bar.width} height={bar.height} />
              <rect className="trend-late" x={bar.x} y={HEIGHT - bar.lateHeight} width={bar.width} height={bar.lateHeight} />
            </g>
          ))}
          {labels.map((label) => <text key={label.day} x={label.x} y={HEIGHT + 18} textAnchor="middle">{label.day}</text>)}
        </svg>}
        <div className="visually-hidden"><table>
          <caption>{t('workbench.trend')}</caption>
          <thead><tr><th>{t('workbench.day')}</th><th>{t('workbench.received')}</th><th>{t('recordings.verdict.late')}</th><th>{t('recordings.verdict.internal_deviation')}</th></tr></thead>
          <tbody>{days.map((d) => <tr key={d.day}><td>{d.day}</td><td>{d.received}</td><td>{d.late}</td><td>{d.deviations ?? 0}</td></tr>)}</tbody>
        </table></div>
      </div>
    </Panel>
  );
}
