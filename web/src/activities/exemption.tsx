/** 不录音像: why an activity was not recorded, out of the reasons its regulation knows. */
import { Button, Form, Input, Radio } from 'antd';
import { useState } from 'react';
import type { ActivityDetail, Exempt } from '../api/types';
import { Basis } from '../regulations/basis';
import { useCan } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { formatTime } from '../shared/format';
import { Fact, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';

export function ExemptionPanel({ activity: { id, exemption } }: { activity: ActivityDetail }) {
  const t = useText();
  const can = useCan();
  const [entering, setEntering] = useState(false);
  const { recorded, offered } = exemption;
  const basis = <Basis articles={exemption.articles} lapsed={exemption.lapsed} />;
  return (
    <Panel title={t('exemption.title')} aside={recorded === null && offered.length > 0 && can('activity.manage') && <Button onClick={() => setEntering(true)}>{t('exemption.enter')}</Button>}>
      {recorded
        ? (
          <dl className="facts panel-body">
            <Fact name={t('exemption.reason')}>{reasonOf(t, exemption, recorded.reason)} {basis}</Fact>
            <Fact name={t('exemption.facts')}>{recorded.facts}</Fact>
            {recorded.document && <Fact name={t('exemption.document')}>{recorded.document}</Fact>}
            <Fact name={t('exemption.by')}>{recorded.by ?? '—'}<small className="number">{formatTime(recorded.at_ms)}</small></Fact>
          </dl>
        )
        : <p className="panel-body muted" style={{ margin: 0 }}>{t(offered.length > 0 ? 'exemption.none' : 'exemption.nothing_offered')} {exemption.articles.length > 0 && basis}</p>}
      {entering && <EnterDialog id={id} exemption={exemption} onClose={() => setEntering(false)} />}
    </Panel>
  );
}

/** The danger of the first reason is told in the words of the regulation: a dangerous area, a dark basement … */
function reasonOf(t: Text, { hazard }: Exempt, reason: string): string {
  const words = t.code('rules.word', `ExemptionReason.${reason}`);
  return reason === 'hazard_no_compliant_device' && hazard ? t('exemption.danger', { reason: words, danger: t.code('rules.word', `Hazard.${hazard}`) }) : words;
}

interface Entered { reason: string; facts: string; document?: string }

function EnterDialog({ id, exemption, onClose }: { id: string; exemption: Exempt; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Entered> title={t('exemption.enter')} path={`/activities/${encodeURIComponent(id)}/exemption`} reread={['/activities', '/sufficiency']} body={cleaned} onClose={onClose}>
      <Form.Item name="reason" label={t('exemption.reason')} rules={required}>
        <Radio.Group style={{ display: 'grid', gap: 8 }} options={exemption.offered.map((value) => ({ value, label: reasonOf(t, exemption, value) }))} />
      </Form.Item>
      <Form.Item name="facts" label={t('exemption.facts')} rules={required}><Input.TextArea rows={3} maxLength={1000} /></Form.Item>
      <Form.Item name="document" label={t('exemption.document')}><Input maxLength={200} /></Form.Item>
    </CreateDialog>
  );
}
