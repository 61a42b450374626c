import './strict.ts';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { listenToBack } from './state/back.ts';
import './styles.css';

// Only declarative parts of antd-mobile are used: its imperative Dialog and Toast would need its React 19 render hook.
const root = document.getElementById('root');
listenToBack();
if (root) createRoot(root).render(<App />);
