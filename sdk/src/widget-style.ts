/**
 * The widget's style. There is one row of cards, and every card has one height, whatever it shows: so nothing moves when
 * products take the place of the skeleton. Texts that are longer are cut.
 */
export const STYLE = `
:host{display:block;min-height:23rem}
:host([hidden]),:host([empty]) section,:host(:not([empty])) slot{display:none}
*{margin:0}
h2{margin-bottom:.5em;overflow:hidden;height:1.4em;line-height:1.4}
ul{display:flex;gap:var(--shelflife-gap,1rem);padding:0;overflow-x:auto;list-style:none;scrollbar-width:thin}
li{flex:0 0 var(--shelflife-card-width,11rem)}
a,button{all:unset;display:block;box-sizing:border-box;width:100%;overflow:hidden;border:var(--shelflife-border,1px solid #8884);border-radius:var(--shelflife-radius,.5rem);cursor:pointer}
:focus-visible{outline:3px solid var(--shelflife-focus,currentColor);outline-offset:-3px}
span,b,small{display:-webkit-box;margin:.4rem .6rem;overflow:hidden;height:2.8em;line-height:1.4;-webkit-box-orient:vertical;-webkit-line-clamp:2}
b{height:1.4em}
small{color:var(--shelflife-muted,inherit)}
i{display:block;overflow:hidden;aspect-ratio:1;object-fit:cover}
img{width:100%;height:100%;object-fit:inherit}
i,[aria-hidden] *{background:var(--shelflife-skeleton,#8882)}`;
