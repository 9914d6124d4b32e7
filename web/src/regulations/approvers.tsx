/** 审批人: whose word an act needs: named by the text, appointed by the agency, or nobody, and then the act is refused. */
import { CheckCircleOutlined, ExclamationCircleOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import type { Approver, RegulationDetail } from '../api/types';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Rows, type Column } from '../shared/data-list';
import { Badge, Panel } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { Basis } from './basis';
import { DecisionFields } from './readings-page';

interface Dialog { approver: Approver; kind: 'approvers' | 'delegations' }

export function Approvers({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const act = regulation.followed && regulation.may_decide ? setDialog : undefined;
  return (
    <Panel title={t('regulations.approvers')}>
      <p className="panel-body muted" style={{ margin: 0 }}>{t('regulations.approvers_intro')}</p>
      <Rows rows={regulation.approvers} columns={columns(t, act)} rowKey={(one) => one.act} caption={t('regulations.approvers')} />
      {dialog && <ApproverDialog regulation={regulation} dialog={dialog} onClose={() => setDialog(null)} />}
    </Panel>
  );
}

function columns(t: Text, open: ((dialog: Dialog) => void) | undefined): Column<Approver>[] {
  const found: Column<Approver>[] = [
    { key: 'act', title: t('regulations.act'), card: 'title', width: 170, render: (one) => t.code('rules.word', `Act.${one.act}`) },
    { key: 'who', title: t('regulations.approver'), render: (one) => <Who approver={one} /> },
    { key: 'basis', title: t('rules.basis'), width: 110, render: (one) => <Basis articles={one.articles} ours={one.articles.length === 0} /> },
  ];
  if (open) {
    found.push({ key: 'change', title: t('regulations.appoint_column'), width: 220, card: 'bare', render: (one) => (
      <div className="row-actions">
        {(one.state === 'refused' || one.appointed) && <Button size="small" onClick={() => open({ approver: one, kind: 'approvers' })}>{t('regulations.appoint')}</Button>}
        {one.state === 'needed' && <Button size="small" onClick={() => open({ approver: one, kind: 'delegations' })}>{t('regulations.delegate')}</Button>}
      </div>
    ) });
  }
  return found;
}

function Who({ approver: one }: { approver: Approver }) {
  const t = useText();
  if (one.state === 'refused') return <Badge tone="bad" icon={<ExclamationCircleOutlined />}>{t('regulations.no_approver')}</Badge>;
  if (one.state === 'not_needed') return <span className="muted">{t('regulations.no_approval_needed')}</span>;
  const role = one.title ?? (one.role ? t.code('rules.word', `Role.${one.role}`) : '—');
  return (
    <>
      {role} {one.state === 'mandate' && <span className="muted small">{t('regulations.mandate')}</span>}
      {one.appointed && <Badge tone="good" icon={<CheckCircleOutlined />}>{t('regulations.appointed')}</Badge>}
      {one.delegate && <div className="small">{t('regulations.delegated_to', { name: one.delegate })}</div>}
    </>
  );
}

interface Values { role?: string; delegate?: string; document?: string; until?: string; decision_no: string; decided_by: string; decided_on: string; effective_on?: string }

function ApproverDialog({ regulation, dialog: { approver, kind }, onClose }: { regulation: RegulationDetail; dialog: Dialog; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  const roles = t.codes('rules.word').filter((key) => key.startsWith('Role.')).map((key) => ({ value: key.slice(5), label: t.code('rules.word', key) }));
  return (
    <CreateDialog<Values>
      title={`${t(kind === 'approvers' ? 'regulations.appoint' : 'regulations.delegate')} · ${t.code('rules.word', `Act.${approver.act}`)}`}
      path={`/regulations/${encodeURIComponent(regulation.id)}/${kind}`} reread={['/regulations']} onClose={onClose} body={(values) => ({ ...cleaned(values), act: approver.act })}
    >
      <p>{t(kind === 'approvers' ? 'regulations.appoint_hint' : 'regulations.delegate_hint')}</p>
      {kind === 'approvers'
        ? <Form.Item name="role" label={t('field.role')} rules={required}><Select showSearch={{ optionFilterProp: 'label' }} options={roles} /></Form.Item>
        : (
          <>
            <Form.Item name="delegate" label={t('field.delegate')} rules={required}><Input maxLength={100} /></Form.Item>
            <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={200} /></Form.Item>
            <Form.Item name="until" label={t('field.until')} rules={required}><DayPicker label={t('field.until')} width="100%" /></Form.Item>
          </>
        )}
      <DecisionFields needed />
      <p className="muted small">{t('regulations.second_person')}</p>
    </CreateDialog>
  );
}
