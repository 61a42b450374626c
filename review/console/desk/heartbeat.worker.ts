// A worker's clock is not slowed down when the tab is in the background: an agent who looks at another window is not silent (R2).
addEventListener('message', (event: MessageEvent<number>) => {
  setInterval(() => { postMessage('beat'); }, event.data);
}, { once: true });
