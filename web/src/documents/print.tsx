/** 打印: fills a paper from the register; it gets a number, is sealed, and can be had again. */
import { CheckCircleOutlined, FilePdfOutlined, PrinterOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Dropdown, InputNumber, Modal } from 'antd';
import { useId, useState } from 'react';
import { post } from '../api/client';
import type { PrintedDocument } from '../api/types';
import { useCan } from '../session/session';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { fits, SKIP_MOST, type FormName } from './forms';

interface MenuProps { forms: readonly FormName[]; subjects: string[]; size?: 'small' }

/** One button for one paper, a menu for several; nothing for who may not print. */
export function PrintMenu({ forms, subjects, size }: MenuProps) {
  const t = useText();
  const can = useCan();
  const [form, setForm] = useState<FormName | null>(null);
  const offered = forms.filter((one) => fits(one, subjects.length));
  if (!can('document.print') || offered.length === 0) return null;
  const [only] = offered;
  return (
    <>
      {offered.length === 1 && only
        ? <Button size={size} icon={<PrinterOutlined />} onClick={() => setForm(only)}>{t('documents.print_form', { form: t(`documents.form.${only}`) })}</Button>
        : <Dropdown trigger={['click']} menu={{ items: offered.map((key) => ({ key, label: t(`documents.form.${key}`) })), onClick: ({ key }) => setForm(key as FormName) }}><Button size={size} icon={<PrinterOutlined />}>{t('documents.print')}</Button></Dropdown>}
      {form && <PrintDialog form={form} subjects={subjects} onClose={() => setForm(null)} />}
    </>
  );
}

function PrintDialog({ form, subjects, onClose }: { form: FormName; subjects: string[]; onClose: () => void }) {
  const t = useText();
  const client = useQueryClient();
  const skipId = useId();
  const [skip, setSkip] = useState(0);
  const labels = form === 'device_labels';
  const print = useMutation({
    mutationFn: () => post<PrintedDocument>('/documents', { form, subjects, skip: labels ? skip : 0 }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['/documents'] }),
  });
  return (
    <Modal
      open style={{ top: 32 }} title={t(`documents.form.${form}`)} onCancel={onClose} cancelText={t('form.close')} okText={t('documents.print')} onOk={() => print.mutate()}
      confirmLoading={print.isPending} okButtonProps={print.isSuccess ? { style: { display: 'none' } } : {}}
    >
      <Refusal error={print.error} />
      {print.isSuccess ? <Printed document={print.data} /> : (
        <>
          <p>{t(labels ? 'documents.labels_hint' : 'documents.hint')}</p>
          {labels && <p><label htmlFor={skipId}>{t('documents.skip')}</label> <InputNumber id={skipId} min={0} max={SKIP_MOST} precision={0} value={skip} onChange={(value) => setSkip(value ?? 0)} /></p>}
        </>
      )}
    </Modal>
  );
}

function Printed({ document }: { document: PrintedDocument }) {
  const t = useText();
  return (
    <div role="status">
      <p className="verdict-line good"><CheckCircleOutlined /> {t('documents.printed', { number: document.number })}</p>
      <p className="row">
        <Button type="primary" icon={<FilePdfOutlined />} href={addressOf(document)} target="_blank" rel="noreferrer">{t('documents.open')}</Button>
        <Link to="/equipment/documents">{t('documents.title')}</Link>
      </p>
    </div>
  );
}

export const addressOf = (document: PrintedDocument) => `/api/documents/${encodeURIComponent(document.id)}`;
