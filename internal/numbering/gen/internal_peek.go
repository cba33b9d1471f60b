//go:build ignore
package main
import ("fmt";"time";"os"
 pn "github.com/nyaruka/phonenumbers")
func main(){
 _ = time.Now
 c,_ := pn.MetadataCollection()
 for _,m := range c.GetMetadata() {
  if m.GetId()=="US"||m.GetId()=="CA"||m.GetId()=="JM" { fmt.Println(m) }
  fmt.Fprintf(os.Stderr,"%s %d idd=%q np=%q npp=%q tr=%q lead=%q glen=%v gloc=%v\n", m.GetId(),m.GetCountryCode(),m.GetInternationalPrefix(),m.GetNationalPrefix(),m.GetNationalPrefixForParsing(),m.GetNationalPrefixTransformRule(),m.GetLeadingDigits(),m.GetGeneralDesc().GetPossibleLength(),m.GetGeneralDesc().GetPossibleLengthLocalOnly())
 }
}
