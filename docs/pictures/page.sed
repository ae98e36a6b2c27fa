# Fits a drawn SVG for a page: one element a line, no fixed size in a style, letters that are as
# wide as those measured (DejaVu Sans, Verdana), and a background for light and dark pages alike.
1s/<\?xml[^>]*\?>//
1s/ style="width:[^"]*"//
1s/ (preserveAspectRatio|contentScriptType|contentStyleType|zoomAndPan|xmlns:xlink)="[^"]*"//g
1s/ class="pikchr"/ font-size="19.5"/
s/ font-family="DejaVu Sans"//g
1s/<svg ([^>]*)>/<svg font-family="Verdana,DejaVu Sans,sans-serif" \1><rect width="100%" height="100%" rx="12" fill="#f6f8fa"\/>/
s/ dominant-baseline="central"/ dy="0.35em"/g
s/></>\n</g
