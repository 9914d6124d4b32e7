/** 解释性配置: where the text is ambiguous, how it is read, and by which decision another reading was chosen. */
import { EditOutlined } from '@ant-design/icons';
import { Link, useParams } from '@tanstack/react-router';
import { Button, Input, InputNumber, Radio, Form } from 'antd';
import { useState } from 'react';
import type { Decision, RegulationDetail, Resolution } from '../api/types';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Badge, Empty } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { Approvers } from './approvers';
import { DecisionLine } from './decision-line';
import { RegulationFrame } from './frame';
import { articleOf, citeOf, inWords } from './regulation';

export function ReadingsPage() {
  const { id } = useParams({ from: '/shell/regulations/$id/readings' });
  return <RegulationFrame id={id} tab="readings">{(regulation) => <><Approvers regulation={regulation} /><Readings regulation={regulation} /></>}</RegulationFrame>;
}

/** Those somebody can decide about come first. */
function Readings({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const [changing, setChanging] = useState<Resolution | null>(null);
  const open = (resolution: Resolution) => resolution.offered.length > 0 || resolution.number !== null;
  const list = [...regulation.resolutions].sort((a, b) => Number(open(b)) - Number(open(a)));
  return (
    <div className="panel">
      <p className="panel-body muted" style={{ margin: 0 }}>{t('regulations.readings_intro')}</p>
      {list.length === 0 && <Empty title={t('regulations.no_readings')} hint={t('regulations.no_readings_hint')} />}
      <ul className="readings">
        {list.map((resolution) => (
          <li key={resolution.id} id={resolution.id}>
            <Reading regulation={regulation} resolution={resolution} />
            {open(resolution) && regulation.may_decide && <Button size="small" icon={<EditOutlined />} onClick={() => setChanging(resolution)}>{t('regulations.change_reading')}</Button>}
          </li>
        ))}
      </ul>
      {changing && <ReadingDialog regulation={regulation} resolution={changing} onClose={() => setChanging(null)} />}
    </div>
  );
}

function Reading({ regulation, resolution }: { regulation: RegulationDetail; resolution: Resolution }) {
  const t = useText();
  const { decided, value, setting } = resolution;
  const articles = regulation.versions[regulation.versions.length - 1]?.articles ?? [];
  const past = regulation.history.filter((decision) => decision.resolution === resolution.id && decision.id !== decided?.id);
  return (
    <>
      <h2><code>{resolution.id}</code> {inWords(t.language, { zh: resolution.finding_zh, en: resolution.finding_en })}</h2>
      <p><b>{t('regulations.our_reading')}</b> {inWords(t.language, { zh: resolution.reading_zh, en: resolution.reading_en })}</p>
      <div className="badges">
        {setting && value !== null && <span>{t('regulations.holds_now')} <b>{choiceText(value, t)}</b></span>}
        {decided ? <Badge tone="good">{t('regulations.decided', { no: decided.decision_no ?? '—' })}</Badge> : <Badge>{t('regulations.own_default')}</Badge>}
        {resolution.articles.map((no) => {
          const article = articleOf(articles, no);
          return article && <Link key={no} to="/regulations/$id/articles/$no" params={{ id: regulation.id, no: article.no }}>{citeOf(t.language, article)}</Link>;
        })}
      </div>
      {(decided || past.length > 0) && <ul className="decisions">{[...past, ...(decided ? [decided] : [])].reverse().map((decision: Decision) => <DecisionLine key={decision.id} decision={decision} regulation={regulation} />)}</ul>}
    </>
  );
}

export const choiceText = (value: unknown, t: Text): string => (typeof value === 'number' ? String(value) : t.code('regulation.choice', String(value)));

interface Values { reading: string | number; decision_no: string; decided_by: string; decided_on: string; effective_on?: string; reason: string }

function ReadingDialog({ regulation, resolution, onClose }: { regulation: RegulationDetail; resolution: Resolution; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  const { number } = resolution;
  return (
    <CreateDialog<Values>
      title={t('regulations.change_reading')} path={`/regulations/${encodeURIComponent(regulation.id)}/resolutions`} reread={['/regulations']} onClose={onClose}
      body={(values) => ({ ...cleaned({ ...values, reading: String(values.reading) }), resolution: resolution.id })}
    >
      <p>{inWords(t.language, { zh: resolution.finding_zh, en: resolution.finding_en })}</p>
      <Form.Item name="reading" label={t('regulations.reading')} rules={required}>
        {number
          ? <InputNumber min={number[0]} max={number[1]} precision={0} />
          : <Radio.Group options={resolution.offered.map((choice) => ({ value: choice, label: choiceText(choice, t) }))} />}
      </Form.Item>
      <DecisionFields needed />
      <Form.Item name="reason" label={t('field.reason')} rules={required}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
      <p className="muted small">{t('regulations.decision_hint')} {t('regulations.second_person')}</p>
    </CreateDialog>
  );
}

/** Who decided, when, under which number, from when on. */
export function DecisionFields({ needed }: { needed: boolean }) {
  const t = useText();
  const required = useRequired();
  return (
    <>
      <Form.Item name="decision_no" label={t('field.decision_no')} rules={needed ? required : []}><Input maxLength={100} /></Form.Item>
      <Form.Item name="decided_by" label={t('field.decided_by')} rules={required}><Input maxLength={100} /></Form.Item>
      <Form.Item name="decided_on" label={t('field.decided_on')} rules={required}><DayPicker label={t('field.decided_on')} width="100%" /></Form.Item>
      <Form.Item name="effective_on" label={t('field.effective_on')} extra={t('regulations.effective_hint')}><DayPicker label={t('field.effective_on')} width="100%" /></Form.Item>
    </>
  );
}
