/** 效力与正式文本: dates and versions, who confirmed the text or carried it on, the official file. */
import { CheckCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { useParams } from '@tanstack/react-router';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import type { RegulationDetail, Version } from '../api/types';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Empty, Fact, Panel } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { useText } from '../shared/text';
import { DecisionLine } from './decision-line';
import { FilesPanel } from './files-panel';
import { RegulationFrame } from './frame';
import { DecisionFields } from './readings-page';
import { stateCode } from './regulation';

export function ValidityPage() {
  const { id } = useParams({ from: '/shell/regulations/$id/validity' });
  return (
    <RegulationFrame id={id} tab="validity">
      {(regulation) => (
        <>
          <Force regulation={regulation} />
          <FilesPanel regulation={regulation} />
          <Versions regulation={regulation} />
          <History regulation={regulation} />
        </>
      )}
    </RegulationFrame>
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
  const files = regulation.files.map((file) => ({ value: file.sha256, label: file.name }));
  return (
    <CreateDialog<Common & { published_on?: string; file?: string }>
      title={t('regulations.confirm')} path={`/regulations/${encodeURIComponent(regulation.id)}/confirmations`} reread={['/regulations']} body={cleaned} onClose={onClose}
    >
      <p>{t('regulations.confirm_hint')}</p>
      <Form.Item name="file" label={t('regulations.compared_with')}><Select allowClear options={files} notFoundContent={t('regulations.no_files')} /></Form.Item>
      <Form.Item name="published_on" label={t('field.published_on')}><DayPicker label={t('field.published_on')} width="100%" /></Form.Item>
      <DecisionFields needed={false} />
    </CreateDialog>
  );
}

const CONTINUATIONS = ['successor', 'extension', 'own_measures', 'leadership_decision'] as const;

function ContinueDialog({ regulation, onClose }: { regulation: RegulationDetail; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Common & { continuation: string; document: string }>
      title={t('regulations.continue')} path={`/regulations/${encodeURIComponent(regulation.id)}/continuations`} reread={['/regulations']} body={cleaned} onClose={onClose}
    >
      <p>{t('regulations.continue_hint')}</p>
      <Form.Item name="continuation" label={t('field.continuation')} rules={required}>
        <Select options={CONTINUATIONS.map((value) => ({ value, label: t.code('regulation.decision', value) }))} />
      </Form.Item>
      <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={500} /></Form.Item>
      <DecisionFields needed />
    </CreateDialog>
  );
}

function Versions({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const line = (version: Version) => (
    <li key={version.version}>
      <b>{t('regulations.version', { no: version.version })}</b> <span className="number">{version.in_force_on ?? '—'} → {version.expires_on ?? t('regulations.no_expiry')}</span>
      {version.version === regulation.version && <span className="muted"> · {t('regulations.governs_today')}</span>}
      {version.repeals.map((text) => <div key={text.title} className="muted small">{t('regulations.repeals', { title: text.title })}</div>)}
      {version.documents.map((text) => <div key={text.title} className="muted small">{t(text.supplied ? 'regulations.names' : 'regulations.names_missing', { title: text.title })}</div>)}
    </li>
  );
  return <Panel title={t('regulations.versions')}><ul className="decisions panel-body">{[...regulation.versions].reverse().map(line)}</ul></Panel>;
}

function History({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  return (
    <Panel title={t('regulations.history')}>
      {regulation.history.length === 0
        ? <Empty title={t('regulations.no_history')} hint={t('regulations.no_history_hint')} />
        : <ul className="decisions panel-body">{[...regulation.history].reverse().map((decision) => <DecisionLine key={decision.id} decision={decision} full />)}</ul>}
    </Panel>
  );
}
