/** Designating somebody for a duty, looking at a designation with those before it, ending it. */
import { Button, Form, Input, Modal, Radio, Select } from 'antd';
import { useState } from 'react';
import type { Designation } from '../api/types';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { dayEnd, dayStart, formatTime } from '../shared/format';
import { Badge, Fact } from '../shared/page';
import { DayPicker, OfficerPicker, UnitPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { DUTIES } from './responsibility';
import { dutyName, nameOf } from './responsibility-page';

const REREAD = ['/responsibilities', '/responsibilities/gaps', '/workbench'];

interface Named { unit_id: string; duty: string; by: 'person' | 'body'; person_id?: string; linked_unit_id?: string; deputy_id?: string; post?: string; document?: string; from?: string; to?: string }

/** Pure: days of the calendar become instants; the last day still counts. */
function wire({ by, from, to, ...values }: Named) {
  return { ...cleaned({ ...values, person_id: by === 'person' ? values.person_id : undefined, linked_unit_id: by === 'body' ? values.linked_unit_id : undefined }), from_ms: dayStart(from) ?? null, to_ms: dayEnd(to) ?? null };
}

export function DesignateDialog({ unit, duty, onClose }: { unit?: string; duty?: string; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Named> title={t('responsibility.designate')} path="/responsibilities" reread={REREAD} body={wire} initial={{ unit_id: unit, duty: duty ?? 'first_responsible', by: duty === 'oversight' ? 'body' : 'person' }} onClose={onClose}>
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
      <Form.Item name="duty" label={t('responsibility.duty')} rules={required}><Select options={DUTIES.map((value) => ({ value, label: dutyName(t, value) }))} /></Form.Item>
      <Form.Item noStyle dependencies={['duty', 'by']}>
        {({ getFieldValue }) => {
          const person = getFieldValue('duty') === 'first_responsible' || getFieldValue('by') === 'person';
          return (
            <>
              <Form.Item name="by" label={t('responsibility.by')} hidden={getFieldValue('duty') === 'first_responsible'}>
                <Radio.Group options={(['person', 'body'] as const).map((value) => ({ value, label: t(`responsibility.by.${value}`) }))} />
              </Form.Item>
              {person
                ? <Form.Item name="person_id" label={t('responsibility.person')} rules={required}><OfficerPicker label={t('responsibility.person')} /></Form.Item>
                : <Form.Item name="linked_unit_id" label={t('responsibility.body')} rules={required}><UnitPicker label={t('responsibility.body')} /></Form.Item>}
            </>
          );
        }}
      </Form.Item>
      <Form.Item name="deputy_id" label={t('responsibility.deputy')}><OfficerPicker label={t('responsibility.deputy')} /></Form.Item>
      <Form.Item name="post" label={t('responsibility.post')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="document" label={t('field.document')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="from" label={t('responsibility.from')} extra={t('responsibility.from_hint')}><DayPicker label={t('responsibility.from')} width="100%" /></Form.Item>
      <Form.Item name="to" label={t('responsibility.to')}><DayPicker label={t('responsibility.to')} width="100%" /></Form.Item>
    </CreateDialog>
  );
}

interface Props { designation: Designation; history: Designation[]; mayEnd: boolean; onClose: () => void }

export function DesignationDialog({ designation: one, history, mayEnd, onClose }: Props) {
  const t = useText();
  const [ending, setEnding] = useState(false);
  const before = history.filter((other) => other.id !== one.id && other.unit.id === one.unit.id && other.duty === one.duty).sort((a, b) => b.from_ms - a.from_ms);
  const title = `${one.unit.name} · ${dutyName(t, one.duty)}`;
  if (ending) return <EndDialog designation={one} onClose={onClose} />;
  return (
    <Modal open title={title} onCancel={onClose} footer={mayEnd ? <><Button onClick={() => setEnding(true)}>{t('responsibility.end')}</Button><Button type="primary" onClick={onClose}>{t('form.close')}</Button></> : <Button onClick={onClose}>{t('form.close')}</Button>}>
      <dl className="facts">
        <Fact name={t(one.person ? 'responsibility.person' : 'responsibility.body')}>{nameOf(one)}</Fact>
        {one.post && <Fact name={t('responsibility.post')}>{one.post}</Fact>}
        {one.deputy && <Fact name={t('responsibility.deputy')}>{one.deputy.name}</Fact>}
        <Fact name={t('responsibility.time')}>{span(one, t)}</Fact>
        {one.document && <Fact name={t('field.document')}>{one.document}</Fact>}
      </dl>
      {before.length > 0 && (
        <>
          <h3 className="small">{t('responsibility.history')}</h3>
          <ul className="plain">{before.map((other) => <li key={other.id}>{nameOf(other)} <span className="muted number">{span(other, t)}</span> {other.gone && <Badge>{t('responsibility.gone')}</Badge>}</li>)}</ul>
        </>
      )}
    </Modal>
  );
}

const span = (one: Designation, t: Text): string => t('responsibility.span', { from: formatTime(one.from_ms, 'day'), to: one.to_ms === null ? t('responsibility.now') : formatTime(one.to_ms - 1, 'day') });

function EndDialog({ designation: one, onClose }: { designation: Designation; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<{ to?: string; reason: string }>
      title={t('responsibility.end_of', { name: nameOf(one), duty: dutyName(t, one.duty) })} path={`/responsibilities/${encodeURIComponent(one.id)}/end`} reread={REREAD}
      body={({ to, reason }) => ({ to_ms: dayEnd(to) ?? null, reason: reason.trim() })} onClose={onClose}
    >
      <p>{t('responsibility.end_hint')}</p>
      <Form.Item name="reason" label={t('field.reason')} rules={required}><Input.TextArea maxLength={500} rows={2} /></Form.Item>
      <Form.Item name="to" label={t('responsibility.last_day')} extra={t('responsibility.last_day_hint')}><DayPicker label={t('responsibility.last_day')} width="100%" /></Form.Item>
    </CreateDialog>
  );
}
