import { createRoot } from 'react-dom/client';
import { config } from 'zod';
import { App } from './App.tsx';
import './styles.css';

// The content security policy allows no code made from strings: zod shall not even try.
config({ jitless: true });

// Only declarative parts of antd-mobile are used: its imperative Dialog and Toast would need its React 19 render hook.
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
