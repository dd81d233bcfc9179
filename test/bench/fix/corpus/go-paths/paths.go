// Package paths lists the routes through a dependency graph, for "why is this package here?".
package paths

import "sort"

// Graph maps a node to the nodes that it points to.
type Graph map[string][]string

// All returns every path from start to goal that visits no node twice, in alphabetical order of its nodes.
func All(graph Graph, start, goal string) [][]string {
	var found [][]string
	visited := map[string]bool{}

	var walk func(node string, path []string)
	walk = func(node string, path []string) {
		path = append(path, node)
		if node == goal {
			found = append(found, path)
			return
		}
		visited[node] = true
		for _, next := range sortedNeighbours(graph, node) {
			if !visited[next] {
				walk(next, path)
			}
		}
		visited[node] = false
	}

	walk(start, nil)
	return found
}

// Shortest returns the first of the paths with the fewest nodes, or nil if there is none.
func Shortest(graph Graph, start, goal string) []string {
	var best []string
	for _, path := range All(graph, start, goal) {
		if best == nil || len(path) < len(best) {
			best = path
		}
	}
	return best
}

func sortedNeighbours(graph Graph, node string) []string {
	neighbours := append([]string(nil), graph[node]...)
	sort.Strings(neighbours)
	return neighbours
}
