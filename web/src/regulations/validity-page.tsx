/** 效力与正式文本: dates and versions, who confirmed the text or carried it on, the official file. */
import { CheckCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { useParams } from '@tanstack/react-router';
import { Button, Checkbox, Form, Input, Select } from 'antd';
import { useState } from 'react';
import type { RegulationDetail, Version } from '../api/types';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Badge, Empty, Fact, Panel } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { useText } from '../shared/text';
import { DecisionLine } from './decision-line';
import { FilesPanel } from './files-panel';
import { RegulationFrame } from './frame';
import { DecisionFields } from './readings-page';
import { linesOf, stateCode } from './regulation';

export function ValidityPage() {
  const { id } = useParams({ from: '/shell/regulations/$id/validity' });
  return (
    <RegulationFrame id={id} tab="validity">
      {(regulation) => (
        <>
          <Pending regulation={regulation} />
          <Force regulation={regulation} />
          <FilesPanel regulation={regulation} />
          <Versions regulation={regulation} />
          <History regulation={regulation} />
        </>
      )}
    </RegulationFrame>
  );
}

/** What waits for its second person comes first: until then it has no effect. */
function Pending({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const pending = regulation.history.filter((decision) => decision.state === 'pending');
  if (pending.length === 0) return null;
  return (
    <Panel title={t('regulations.pending_title')}>
      <p className="panel-body muted" style={{ margin: 0 }}>{t('regulations.second_person')}</p>
      <ul className="decisions panel-body">{pending.map((decision) => <DecisionLine key={decision.id} decision={decision} regulation={regulation} full />)}</ul>
    </Panel>
  );
}

function Force({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const [dialog, setDialog] = useState<'confirm' | 'continue' | null>(null);
  const close = () => setDialog(null);
  const { confirmed } = regulation;
  return (
    <Panel
      title={t('regulations.force')}
      aside={regulation.may_decide && (
        <span className="row">
          <Button size="small" icon={<CheckCircleOutlined />} onClick={() => setDialog('confirm')}>{t('regulations.confirm')}</Button>
          {regulation.expires_on && <Button size="small" icon={<PlusOutlined />} onClick={() => setDialog('continue')}>{t('regulations.continue')}</Button>}
        </span>
      )}
    >
      <dl className="facts panel-body">
        <Fact name={t('regulations.state')}>{t.code('regulations.state', stateCode(regulation))}<small>{t(regulation.binding ? 'regulations.binding' : 'regulations.not_binding')}</small></Fact>
        <Fact name={t('regulations.nature')}>{t.code('regulations.nature', regulation.nature)}</Fact>
        <Fact name={t('regulations.in_force_on')}><span className="number">{regulation.in_force_on ?? '—'}</span><small>{t.code('regulations.source', regulation.in_force_source)}</small></Fact>
        <Fact name={t('regulations.expires_on')}><span className="number">{regulation.expires_on ?? t('regulations.no_expiry')}</span></Fact>
        <Fact name={t('regulations.confirmed')}>{confirmed ? t('regulations.confirmed_text', { by: confirmed.decided_by, on: confirmed.decided_on }) : t('regulations.never_confirmed')}</Fact>
        <Fact name={t('regulations.code')}><code>{regulation.id}</code></Fact>
      </dl>
      {dialog === 'confirm' && <ConfirmDialog regulation={regulation} onClose={close} />}
      {dialog === 'continue' && <ContinueDialog regulation={regulation} onClose={close} />}
    </Panel>
  );
}

interface Common { decision_no?: string; decided_by: string; decided_on: string; effective_on?: string }

function ConfirmDialog({ regulation, onClose }: { regulation: RegulationDetail; onClose: () => void }) {
  const t = useText();
  const idle = regulation.versions.filter((version) => !version.activated).map(({ version }) => ({ value: version, label: t('regulations.version', { no: version }) }));
  return (
    <CreateDialog<Common & { published_on?: string; file?: string; version?: string }>
      title={t('regulations.confirm')} path={`/regulations/${encodeURIComponent(regulation.id)}/confirmations`} reread={['/regulations']} body={cleaned} onClose={onClose}
    >
      <p>{t('regulations.confirm_hint')}</p>
      {idle.length > 0 && <Form.Item name="version" label={t('regulations.activate')} extra={t('regulations.activate_hint')}><Select allowClear options={idle} /></Form.Item>}
      <FileField regulation={regulation} label={t('regulations.compared_with')} />
      <Form.Item name="published_on" label={t('field.published_on')}><DayPicker label={t('field.published_on')} width="100%" /></Form.Item>
      <DecisionFields needed={false} />
      <p className="muted small">{t('regulations.second_person')}</p>
    </CreateDialog>
  );
}

const CONTINUATIONS = ['successor', 'extension', 'own_measures', 'leadership_decision'] as const;

function ContinueDialog({ regulation, onClose }: { regulation: RegulationDetail; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Common & { continuation: string; document: string; until?: string; file?: string; retroactive?: boolean }>
      title={t('regulations.continue')} path={`/regulations/${encodeURIComponent(regulation.id)}/continuations`} reread={['/regulations']} body={cleaned} onClose={onClose}
    >
      <p>{t('regulations.continue_hint')}</p>
      <Form.Item name="continuation" label={t('field.continuation')} rules={required}>
        <Select options={CONTINUATIONS.map((value) => ({ value, label: t.code('regulation.decision', value) }))} />
      </Form.Item>
      <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={200} /></Form.Item>
      <FileField regulation={regulation} label={t('regulations.scan')} />
      <DecisionFields needed />
      <Form.Item name="until" label={t('field.until')} extra={t('regulations.until_hint')}><DayPicker label={t('field.until')} width="100%" /></Form.Item>
      <Form.Item name="retroactive" valuePropName="checked" extra={t('regulations.retroactive_hint')}><Checkbox>{t('regulations.retroactive')}</Checkbox></Form.Item>
      <p className="muted small">{t('regulations.second_person')}</p>
    </CreateDialog>
  );
}

/** The official files that are sealed here, by their digest. */
function FileField({ regulation, label, rules = [] }: { regulation: RegulationDetail; label: string; rules?: { required: boolean; message: string }[] }) {
  const t = useText();
  const files = regulation.files.map((file) => ({ value: file.sha256, label: file.name }));
  return <Form.Item name="file" label={label} rules={rules}><Select allowClear options={files} notFoundContent={t('regulations.no_files')} /></Form.Item>;
}

/** 补充附件: a document the text names, its file, and what it lists where a rule waits for it. Nothing is made up. */
function AnnexDialog({ regulation, text, onClose }: { regulation: RegulationDetail; text: Version['documents'][number]; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Common & { file: string; lines?: string }>
      title={t('regulations.supply')} path={`/regulations/${encodeURIComponent(regulation.id)}/annexes`} reread={['/regulations']} onClose={onClose}
      body={({ lines, ...values }) => ({ ...cleaned(values), document: text.title, lines: linesOf(lines) })}
    >
      <p>{t('regulations.supply_hint', { title: text.title, articles: text.articles.join('、') })}</p>
      <FileField regulation={regulation} label={t('regulations.annex_file')} rules={required} />
      {text.awaited && <Form.Item name="lines" label={t('field.lines')} extra={t('regulations.lines_hint')} rules={required}><Input.TextArea rows={6} /></Form.Item>}
      <DecisionFields needed={false} />
      <p className="muted small">{t('regulations.second_person')}</p>
    </CreateDialog>
  );
}

function Versions({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const [annex, setAnnex] = useState<Version['documents'][number] | null>(null);
  const line = (version: Version) => (
    <li key={version.version}>
      <b>{t('regulations.version', { no: version.version })}</b> <span className="number">{version.in_force_on ?? '—'} → {version.expires_on ?? t('regulations.no_expiry')}</span>
      {!version.activated && <> <Badge tone="warn">{t('regulations.not_activated')}</Badge></>}
      {version.version === regulation.version && <span className="muted"> · {t('regulations.governs_today')}</span>}
      {version.repeals.map((text) => <div key={text.title} className="muted small">{t('regulations.repeals', { title: text.title })}</div>)}
      {version.documents.map((text) => (
        <div key={text.title} className="small">
          {t(text.supplied ? 'regulations.names' : 'regulations.names_missing', { title: text.title })} <span className="muted">{text.articles.join('、')}</span>
          {!text.supplied && <> <Badge tone="warn">{t('regulations.not_supplied')}</Badge></>}
          {!text.supplied && regulation.may_decide && version.version === regulation.version && <> <Button size="small" onClick={() => setAnnex(text)}>{t('regulations.supply')}</Button></>}
          {text.lines.length > 0 && <ol>{text.lines.map((one, i) => <li key={i}>{one}</li>)}</ol>}
        </div>
      ))}
    </li>
  );
  return <Panel title={t('regulations.versions')}><ul className="decisions panel-body">{[...regulation.versions].reverse().map(line)}</ul>{annex && <AnnexDialog regulation={regulation} text={annex} onClose={() => setAnnex(null)} />}</Panel>;
}

function History({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const settled = regulation.history.filter((decision) => decision.state !== 'pending');
  return (
    <Panel title={t('regulations.history')}>
      {settled.length === 0
        ? <Empty title={t('regulations.no_history')} hint={t('regulations.no_history_hint')} />
        : <ul className="decisions panel-body">{settled.reverse().map((decision) => <DecisionLine key={decision.id} decision={decision} regulation={regulation} full />)}</ul>}
    </Panel>
  );
}
