"""The page's only script: what the pointer reads, enlarging the axis of time, showing and hiding series.

It reads numbers and texts from ``data-`` attributes and writes them with ``textContent``: nothing of the data is ever run. The page allows this
script alone, by its digest. Everything is drawn without it.
"""

from __future__ import annotations

import base64
import hashlib

SCRIPT = """(()=>{
const NS='http://www.w3.org/2000/svg';
const make=(parent,name,set)=>{const e=document.createElementNS(NS,name);for(const k in set)e.setAttribute(k,set[k]);parent.appendChild(e);return e};
const at=(svg,event)=>{const p=svg.createSVGPoint();p.x=event.clientX;p.y=event.clientY;return p.matrixTransform(svg.getScreenCTM().inverse())};
function live(svg){
  const title=svg.querySelector(':scope>title');
  if(title){svg.setAttribute('aria-label',title.textContent);title.remove()}
  let k=1,t=0;
  const plots=[...svg.querySelectorAll('svg.zoom')],ticks=[...svg.querySelectorAll('g.tick')];
  for(const key of svg.querySelectorAll('[data-key]')){
    const name=key.dataset.key,of=[...svg.querySelectorAll('[data-series]')].filter(s=>s.dataset.series===name);
    if(!of.length)continue;
    key.setAttribute('role','button');key.setAttribute('tabindex','0');key.setAttribute('aria-pressed','true');key.style.cursor='pointer';
    const turn=()=>{const off=key.getAttribute('aria-pressed')==='true';key.setAttribute('aria-pressed',String(!off));
      key.style.opacity=off?.35:1;for(const s of of)s.style.display=off?'none':''};
    key.addEventListener('click',turn);
    key.addEventListener('keydown',e=>{if(e.key==='Enter'||e.key===' '){e.preventDefault();turn()}});
  }
  const box=plots.length?plots[0].viewBox.baseVal:null;
  function show(){
    for(const p of plots)p.firstElementChild.setAttribute('transform',`matrix(${k} 0 0 1 ${t} 0)`);
    for(const g of ticks){const x=+g.dataset.x,to=k*x+t;g.setAttribute('transform',`translate(${to-x} 0)`);
      g.style.display=to<box.x||to>box.x+box.width?'none':''}
  }
  function between(a,b){ // enlarge so that what lies between the pixels a and b fills the plot
    const lo=(a-t)/k,hi=(b-t)/k;k=Math.min(60,box.width/(hi-lo));t=box.x-k*lo;
    t=Math.min(box.x-k*box.x,Math.max(box.x+box.width-k*(box.x+box.width),t));show()}
  if(box){
    let from=null,band=null;
    svg.addEventListener('pointerdown',e=>{const p=at(svg,e);
      if(e.target.closest('[data-key]')||p.x<box.x||p.x>box.x+box.width)return;
      from=p.x;band=make(svg,'rect',{x:p.x,y:plots[0].viewBox.baseVal.y,width:0,height:svg.viewBox.baseVal.height-60,fill:'#0072b2',opacity:.15,'pointer-events':'none'});
      e.preventDefault()});
    svg.addEventListener('pointermove',e=>{if(from===null)return;const p=at(svg,e);
      band.setAttribute('x',Math.min(from,p.x));band.setAttribute('width',Math.abs(p.x-from))});
    const end=e=>{if(from===null)return;const p=at(svg,e),a=Math.max(box.x,Math.min(from,p.x)),b=Math.min(box.x+box.width,Math.max(from,p.x));
      band.remove();from=null;if(b-a>8)between(a,b)};
    svg.addEventListener('pointerup',end);svg.addEventListener('pointerleave',end);
    svg.addEventListener('dblclick',()=>{k=1;t=0;show()});
  }
  if(!svg.dataset.read)return;
  const read=JSON.parse(svg.dataset.read),[x0,x1]=read.x,n=read.t.length;
  if(!n)return;
  const g=make(svg,'g',{'pointer-events':'none',style:'display:none'});
  const rule=make(g,'line',{y1:26,y2:svg.viewBox.baseVal.height-22,stroke:'#1f2933','stroke-width':1,opacity:.5});
  const back=make(g,'rect',{rx:4,fill:'#fff',stroke:'#9aa5b1',opacity:.96,width:170,height:22+16*read.s.length});
  const lines=[read.t[0],...read.s].map((_,i)=>make(g,'text',{'font-size':12,fill:'#1f2933','font-weight':i?400:600}));
  svg.addEventListener('pointermove',e=>{
    const p=at(svg,e);
    if(p.x<x0||p.x>x1){g.style.display='none';return}
    const i=Math.max(0,Math.min(n-1,Math.floor(((p.x-t)/k-x0)/(x1-x0)*n)));
    g.style.display='';rule.setAttribute('x1',p.x);rule.setAttribute('x2',p.x);
    const left=p.x>(x0+x1)/2?p.x-182:p.x+12;
    back.setAttribute('x',left);back.setAttribute('y',44);
    lines.forEach((text,j)=>{text.setAttribute('x',left+9);text.setAttribute('y',60+16*j);
      text.textContent=j?read.s[j-1][0]+': '+read.s[j-1][1][i]:read.t[i]});
  });
  svg.addEventListener('pointerleave',()=>{g.style.display='none'});
}
for(const report of document.querySelectorAll('.ab:not([data-live])')){
  report.dataset.live='';
  for(const svg of report.querySelectorAll('figure>svg'))live(svg);
}
})();"""

DIGEST = "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
"""As a content security policy names it."""
