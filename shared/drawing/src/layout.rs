//! A layered layout of one scope: nodes in rows, edges downwards, few crossings.
//!
//! The usual four steps: turn edges that lead back round; give each node a row below all that lead
//! to it; order the rows by the middle of their neighbours; place them, and edges that pass a row
//! through a place of their own in it. All numbers are pixels, and whole, so that the same
//! workflow has the same picture everywhere.

/// Between two nodes of a row.
const GAP: i32 = 24;
/// Between two rows.
const ROW_GAP: i32 = 44;
/// How wide the place is through which an edge passes a row.
const PASSAGE: i32 = 16;
/// How often rows are ordered and placed anew, down and up.
const SWEEPS: usize = 6;

/// Where everything stands.
pub(crate) struct Layout {
    /// The upper left corner of each node.
    pub places: Vec<(i32, i32)>,
    /// The points of each edge, in its direction.
    pub routes: Vec<Vec<(i32, i32)>>,
    pub size: (i32, i32),
}

/// A node, or a passage of an edge.
struct Cell {
    size: (i32, i32),
    row: usize,
    above: Vec<usize>,
    below: Vec<usize>,
    /// Its middle.
    x: i32,
}

/// Places nodes of these sizes.
pub(crate) fn layout(sizes: &[(i32, i32)], edges: &[(usize, usize)]) -> Layout {
    let (order, turned) = orient(sizes.len(), edges);
    let downward: Vec<(usize, usize)> = edges
        .iter()
        .zip(&turned)
        .map(|((from, to), turned)| if *turned { (*to, *from) } else { (*from, *to) })
        .collect();
    let mut cells: Vec<Cell> = sizes.iter().map(|size| cell(*size, 0)).collect();
    for from in order {
        for (_, to) in downward
            .iter()
            .filter(|edge| edge.0 == from && edge.1 != from)
        {
            cells[*to].row = cells[*to].row.max(cells[from].row + 1);
        }
    }
    let chains: Vec<Vec<usize>> = downward
        .iter()
        .map(|(from, to)| chain(&mut cells, *from, *to))
        .collect();
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        if rows.len() <= cell.row {
            rows.resize(cell.row + 1, Vec::new());
        }
        rows[cell.row].push(index);
    }
    arrange(&mut cells, &mut rows);
    finish(&cells, &rows, sizes.len(), &chains, &turned)
}

fn cell(size: (i32, i32), row: usize) -> Cell {
    Cell {
        size,
        row,
        above: Vec::new(),
        below: Vec::new(),
        x: 0,
    }
}

/// The nodes, each before all that it leads to; and which edges lead back, and so are turned.
fn orient(count: usize, edges: &[(usize, usize)]) -> (Vec<usize>, Vec<bool>) {
    let mut turned = vec![false; edges.len()];
    let (mut open, mut done) = (vec![false; count], vec![false; count]);
    let mut order = Vec::new();
    for root in 0..count {
        // Each with the place in `edges` where it goes on.
        let mut stack = if done[root] { vec![] } else { vec![(root, 0)] };
        while let Some((node, place)) = stack.pop() {
            open[node] = true;
            let next = (place..edges.len()).find(|edge| edges[*edge].0 == node);
            let Some(edge) = next else {
                (open[node], done[node]) = (false, true);
                order.push(node);
                continue;
            };
            stack.push((node, edge + 1));
            let to = edges[edge].1;
            if open[to] {
                turned[edge] = true;
            } else if !done[to] {
                stack.push((to, 0));
            }
        }
    }
    order.reverse();
    (order, turned)
}

/// Links two nodes through a passage in each row between them.
fn chain(cells: &mut Vec<Cell>, from: usize, to: usize) -> Vec<usize> {
    let mut chain = vec![from];
    for row in cells[from].row + 1..cells[to].row {
        chain.push(cells.len());
        cells.push(cell((PASSAGE, 0), row));
    }
    if from != to {
        chain.push(to);
    }
    for pair in chain.windows(2) {
        cells[pair[0]].below.push(pair[1]);
        cells[pair[1]].above.push(pair[0]);
    }
    chain
}

/// Orders and places the rows, downwards and upwards in turn.
fn arrange(cells: &mut [Cell], rows: &mut [Vec<usize>]) {
    for row in rows.iter() {
        pack(cells, row, |_| None);
    }
    for sweep in 0..SWEEPS {
        let downwards = sweep % 2 == 0;
        for step in 0..rows.len() {
            let row = if downwards {
                step
            } else {
                rows.len() - 1 - step
            };
            let wanted: Vec<Option<i32>> = cells
                .iter()
                .map(|cell| {
                    let near = if downwards { &cell.above } else { &cell.below };
                    let sum: i32 = near.iter().map(|other| cells[*other].x).sum();
                    let count = i32::try_from(near.len()).unwrap_or(i32::MAX);
                    (count > 0).then(|| sum / count)
                })
                .collect();
            let want = |index: usize| wanted[index];
            rows[row].sort_by_key(|index| want(*index).unwrap_or(cells[*index].x));
            pack(cells, &rows[row], want);
        }
    }
}

/// Places a row from left to right, each cell where it wants to be or just beside the one before;
/// then moves it as a whole, so that on average they are where they want to be.
fn pack(cells: &mut [Cell], row: &[usize], want: impl Fn(usize) -> Option<i32>) {
    let mut left = None;
    let (mut off, mut count) = (0, 0);
    for index in row {
        let half = cells[*index].size.0 / 2;
        let wanted = want(*index).unwrap_or(cells[*index].x);
        let x = left.map_or(wanted, |left: i32| wanted.max(left + GAP + half));
        off += x - wanted;
        count += 1;
        left = Some(x + half);
        cells[*index].x = x;
    }
    for index in row {
        cells[*index].x -= off / count.max(1);
    }
}

/// From middles and rows to corners and routes.
fn finish(
    cells: &[Cell],
    rows: &[Vec<usize>],
    nodes: usize,
    chains: &[Vec<usize>],
    turned: &[bool],
) -> Layout {
    let left = cells.iter().map(|cell| cell.x - cell.size.0 / 2).min();
    let right = cells.iter().map(|cell| cell.x + cell.size.0 / 2).max();
    let left = left.unwrap_or(0);
    let mut tops = Vec::new();
    let mut bottom = 0;
    for row in rows {
        let height = row.iter().map(|index| cells[*index].size.1).max();
        tops.push((bottom, bottom + height.unwrap_or(0)));
        bottom += height.unwrap_or(0) + ROW_GAP;
    }
    let places = cells.iter().take(nodes).map(|cell| {
        let x = cell.x - cell.size.0 / 2 - left;
        (x, tops[cell.row].0)
    });
    let routes = chains.iter().zip(turned).map(|(chain, turned)| {
        let last = chain.len() - 1;
        let mut route = Vec::new();
        for (place, index) in chain.iter().enumerate() {
            let cell = &cells[*index];
            let (top, row_bottom) = tops[cell.row];
            let own_bottom = if place == 0 {
                top + cell.size.1
            } else {
                row_bottom
            };
            let x = cell.x - left;
            if place > 0 {
                route.push((x, top));
            }
            if place < last {
                route.push((x, own_bottom));
            }
        }
        if *turned {
            route.reverse();
        }
        route
    });
    Layout {
        places: places.collect(),
        routes: routes.collect(),
        size: (right.unwrap_or(0) - left, (bottom - ROW_GAP).max(0)),
    }
}
