import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useEffect, useRef, useState } from 'react';

interface Props { value: string | undefined; onSearch: (text: string | undefined) => void; label: string; placeholder?: string; className?: string }

/** Asks while somebody types, 350 ms after the last key, and never in the middle of composing a Chinese word. */
export function SearchBox({ value, onSearch, label, placeholder, className = 'grow' }: Props) {
  const [typed, setTyped] = useState(value ?? '');
  const [composing, setComposing] = useState(false);
  const [shown, setShown] = useState(value);
  if (shown !== value) { // the address changed from outside, e.g. by the back button
    setShown(value);
    if ((value ?? '') !== typed.trim()) setTyped(value ?? '');
  }
  const search = useRef(onSearch);
  useEffect(() => { search.current = onSearch; });
  useEffect(() => {
    const text = typed.trim();
    if (text === (value ?? '') || composing) return;
    const timer = setTimeout(() => search.current(text || undefined), 350);
    return () => clearTimeout(timer);
  }, [typed, value, composing]);
  return (
    <Input
      className={className} allowClear prefix={<SearchOutlined />} value={typed} placeholder={placeholder ?? label} aria-label={label} maxLength={200}
      onChange={(event) => setTyped(event.target.value)} onCompositionStart={() => setComposing(true)} onCompositionEnd={() => setComposing(false)}
      onPressEnter={() => onSearch(typed.trim() || undefined)}
    />
  );
}
